"""The result of this session as a presentation, and as files to take away; a check of the map by its user."""

from __future__ import annotations

from lulc_core.ui.page import page_setup
from lulc_core.ui.report.page import report_page

page_setup("report")
report_page()

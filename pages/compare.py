"""Two dates of one area: what changed, where, and how sure."""

from __future__ import annotations

from lulc_core.ui.compare.page import compare_page, follow_link
from lulc_core.ui.page import page_setup

page_setup("Compare")
follow_link()
compare_page()

"""Two dates of one area: what changed, where, and how sure."""

from __future__ import annotations

from lulc_core.ui.compare.page import compare_page, sync_from_url
from lulc_core.ui.page import page_setup

page_setup("Compare")
sync_from_url()
compare_page()

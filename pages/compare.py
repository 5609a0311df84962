"""Two dates of one area: what changed, where, and how sure."""

from __future__ import annotations

from lulc_core.ui.compare.page import compare_page, compare_state
from lulc_core.ui.page import page_setup

page_setup("compare")
compare_state().sync_from_url()
compare_page()

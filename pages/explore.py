"""Draw an area, choose an acquisition, see what the land is."""

from __future__ import annotations

from lulc_core.ui.explore.page import explore, explore_state
from lulc_core.ui.page import page_setup

page_setup("explore")
explore_state().sync_from_url()
explore()

"""Draw an area, choose an acquisition, see what the land is."""

from __future__ import annotations

from lulc_core.ui.explore.page import explore, sync_from_url
from lulc_core.ui.page import page_setup

page_setup("Explore")
sync_from_url()
explore()

"""How far to trust the network: what it mixes up, how sure it may be, where it bends, what it cannot know."""

from __future__ import annotations

from lulc_core.ui.model.page import show_page
from lulc_core.ui.page import page_setup

page_setup("model")
show_page()

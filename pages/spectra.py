"""Reflectance: reference curves, the ten classes, the user's own ground, Sentinel-2, any bands as a picture."""

from __future__ import annotations

from lulc_core.ui.page import page_setup
from lulc_core.ui.spectra.page import show_page

page_setup("spectra")
show_page()

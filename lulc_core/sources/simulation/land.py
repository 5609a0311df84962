"""Class ids of the land covers, in the order of domain.classes."""

from __future__ import annotations

from lulc_core.domain.classes import CLASS_NAMES

ANNUAL, FOREST, HERB, HIGHWAY, INDUSTRIAL, PASTURE, PERMANENT, RESIDENTIAL, RIVER, SEA = range(len(CLASS_NAMES))

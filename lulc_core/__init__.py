"""LULC Explorer: land use and land cover of Sentinel-2 tiles, and how sure one can be of it."""

__version__ = "0.1.0"

"""The version that files, pages and ``lulc --version`` name."""

__version__ = "0.2.0"

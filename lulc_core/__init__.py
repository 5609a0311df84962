"""LULC Explorer: land use and land cover of Sentinel-2 tiles, and how sure one can be of it.

``search``, ``classify`` and ``compare`` are the library (docs/library.md); they load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lulc_core.version import __version__

if TYPE_CHECKING:
    from lulc_core.library import classify, compare, search

__all__ = ["__version__", "classify", "compare", "search"]


def __getattr__(name: str) -> Any:
    if name in ("classify", "compare", "search"):
        from lulc_core import library

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

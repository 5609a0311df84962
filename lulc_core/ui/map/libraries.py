"""Where a browser gets the map's JavaScript, countries and tiles from: set-up's node_modules, else a CDN; base maps."""

from __future__ import annotations

import functools
from pathlib import Path

NODE_MODULES = Path(__file__).parents[3] / "node_modules"
CDN = "https://cdn.jsdelivr.net"
LIBRARIES = {
    "lulc_leaflet": ("leaflet", "1.9.4", "leaflet"),
    "lulc_leaflet_draw": ("leaflet-draw", "1.0.4", "leaflet.draw"),
}
"""Package, version and name of the script and the style sheet, by the name that they are served under."""
ATLAS = "lulc_atlas"
"""Name that the countries of world-atlas (Natural Earth, public domain) are served under."""
BASE_MAP_ORIGINS = ("https://tile.openstreetmap.org", "https://tiles.maps.eox.at")
"""Of the tiles that assets/base_maps.js shows; a test compares."""


@functools.cache
def folders() -> dict[str, Path]:
    """Return the folders to serve by name, without what set-up has not put into node_modules."""
    found = {name: NODE_MODULES / package / "dist" for name, (package, _, _) in LIBRARIES.items()}
    served = {name: folder for name, folder in found.items() if (folder / f"{LIBRARIES[name][2]}.js").is_file()}
    atlas = NODE_MODULES / "world-atlas"
    return {**served, ATLAS: atlas} if atlas.is_dir() else served


def needs_cdn() -> bool:
    """True where a library must be loaded from elsewhere."""
    return not set(folders()) >= set(LIBRARIES)


def on_cdn(name: str) -> str:
    """Return the address of a library elsewhere."""
    package, version, _ = LIBRARIES[name]
    return f"{CDN}/npm/{package}@{version}/dist"

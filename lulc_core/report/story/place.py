"""What the area is called: the name that people use, or none where there is only the name of a file."""

from __future__ import annotations

import re

_OF_FILES = re.compile(r"_|\d{4}|\.\w{2,7}$|^\W*\d*\W*$")
"""What names of files have and names of places have not: underscores, years, endings, nothing but digits."""
_OF_PROGRAMS = frozenset(
    {"area", "aoi", "roi", "polygon", "shape", "layer", "export", "drawing", "map", "untitled", "box", "extent", "bbox"}
    | {"feature", "poligono", "disegno", "mappa", "rettangolo", "rectangle"}
)
"""Names that programs give, with or without a number after them."""


def is_place_name(name: str) -> bool:
    """Tell whether a name is one that people may use for a place, not that of a file or of a layer."""
    bare = re.sub(r"[\W\d_]+$", "", name.strip()).casefold()
    return bool(bare) and not _OF_FILES.search(name.strip()) and bare not in _OF_PROGRAMS

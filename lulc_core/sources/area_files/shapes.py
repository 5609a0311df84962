"""What was found in a file, whatever its format, and the area that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.domain.shapes.geojson import notes_of_left_out

TO_POLYGONS = "Save it with polygons (in QGIS, closed lines: Vector > Geometry Tools > Lines to Polygons)."


@dataclass(frozen=True)
class Found:
    """The shapes of a file, or of one of its layers."""

    polygons: Sequence[Any] = ()
    """In longitude and latitude."""
    n_features: int = 0
    """That hold them."""
    left_out: Sequence[str] = ()
    """Types of the other shapes, as the format names them."""
    title: str = ""
    """Of the one feature with polygons, where it has one."""
    notes: tuple[str, ...] = ()
    """What else there is to say of it."""


def area_of(found: Found, name: str, title: str, *, hint: str = TO_POLYGONS) -> Aoi:
    """Make the area of all polygons of a file; what that left out or took together is in its notes.

    Args:
        found: the shapes.
        name: of the file, for sentences.
        title: of the area where no single shape of the file has one.
        hint: what to do where there is no polygon.

    Raises:
        AoiError: no polygon, or none that can be an area.
    """
    if not found.polygons:
        kinds = ", ".join(sorted(set(found.left_out)))
        held = f"only {kinds}" if kinds else "no shape"
        raise AoiError(f"There is no area in {name}: it holds {held}, and only polygons are areas.", hint=hint)
    together = (f"The {found.n_features:,} shapes of {name} count as one area.",) if found.n_features > 1 else ()
    notes = (*found.notes, *together, *notes_of_left_out(found.left_out))
    return Aoi.from_geometry(list(found.polygons), name=found.title or title, notes=notes)

"""README.txt of the package: what each file is, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from lulc_core.domain.classes import CLASSES
from lulc_core.export.bundle import Bundle
from lulc_core.export.provenance import licence
from lulc_core.language.words import english
from lulc_core.version import __version__

_WHAT = (
    ("true_colour.tif", "The ground in natural colours, 10 m."),
    ("tiles_land_cover.tif", "Classes of the tiles of 640 m, which the network was asked about."),
    ("tiles_probabilities.tif", "Probabilities of the tiles of 640 m."),
    ("tiles_quality.tif", "Flags, clear share and share in the drawn shape of the tiles of 640 m."),
    ("land_cover.tif", "Classes, one pixel per cell, with colours. 255: no class."),
    ("probabilities.tif", "Ten bands, one for each class, 0 to 1."),
    ("quality.tif", "Flags, clear share, and share of each cell that lies in the drawn shape."),
    ("change.tif", "Three bands: class before, class after, chance of change. 255: not compared."),
    (".tif.aux.xml", "Names of the classes for GDAL and QGIS; belongs beside the raster."),
    (".qml", "Style for QGIS, which takes it by itself when the raster beside it is added."),
    (".gpkg", "GeoPackage: cells, tiles, changes and the drawn shape, with styles for QGIS."),
    ("tiles.geojson", "Tiles of 640 m as polygons in longitude and latitude."),
    ("changes.geojson", "Compared cells as polygons, most credible change first."),
    (
        "areas.csv",
        "Area of each class: counted, weighted by probability, and by a check where there is one.",
    ),
    ("transitions.csv", "From which class to which."),
    ("gains_losses.csv", "What each class won and lost."),
    ("places.csv", "Every cell whose class differs, with a sentence."),
    ("check.csv", "The user's own check of the map: accuracy and areas with 95 % intervals (Olofsson et al. 2014)."),
    ("check_matrix.csv", "Its counts: the class on the map in rows, the user's answer in columns."),
    ("check_answers.json", "Its answers, square by square; the check can be taken up again from it."),
    ("summary.json", "The result in numbers and sentences, for scripts."),
    ("model.json", "The network: card, hash of its weights, how often it errs."),
    ("provenance.json", "Products, dates, versions and the request itself."),
    ("result.json", "With it this program reads the result back."),
    ("item.json", "STAC item: the same for catalogues."),
)
_LIMITS = (
    "The network learned from patches of 640 m: finer cells sharpen the map, not the knowledge behind it.",
    "The ten classes do not cover bare rock, wetland, snow, quarries or cloud; such tiles should be left out.",
)
_CROSSED = "Squares of Highway and River are crossed by a road or river; their ground is no area of roads or rivers."
_UNCHECKED = "Areas have no interval: only a check of the map (Report page) measures how far off they may be."
_CHECKED = "Intervals of areas are 95 % intervals of the user's own check of the map of the last date."
_WIDTH = 100


def read_me(bundle: Bundle, names: Sequence[str], *, checked: bool) -> str:
    """Write the text.

    Args:
        bundle: the result.
        names: of all other files, in the order in which they are to be explained.
        checked: the package holds the user's own check.
    """
    days = ", ".join(f"{role} {d.acquisition.date}" for role, d in zip(bundle.roles, bundle.dates, strict=True))
    grid = bundle.after.land_cover.grid
    areas = _CHECKED if checked else _UNCHECKED
    parts = [
        "SIMULATED IMAGERY: nothing in here shows a real place.\n" if bundle.simulated else "",
        f"LULC Explorer {__version__}: {'land cover' if bundle.kind == 'map' else 'land-cover change'}",
        f"Dates: {days.removeprefix('map ')}",
        f"Area: {bundle.aoi.name or bundle.aoi.key}, {english().area(bundle.aoi.area_m2 / 10_000)}, EPSG:{grid.epsg}, "
        f"cells of {grid.cell_m} m",
        "",
        bundle.attribution + ".",
        fill(licence(bundle.simulated), _WIDTH),
        "",
        "FILES",
        *(f"  {name}\n      {_explain(name)}" for name in [*names, "item.json"]),
        "",
        "CLASSES (value, letter, name)",
        *(f"  {c.id}  {c.letter}  {c.name}: {c.map_label}, CORINE {c.corine_l2}" for c in CLASSES),
        "",
        "WHAT LIMITS THE ANSWER",
        *(fill(f"- {note}", _WIDTH, subsequent_indent="  ") for note in (*bundle.notes, *_LIMITS, _CROSSED, areas)),
    ]
    return "\n".join(parts).lstrip("\n") + "\n"


def _explain(name: str) -> str:
    plain = name.removeprefix("SIMULATED_")
    return next((text for end, text in _WHAT if plain.endswith(end)), "")

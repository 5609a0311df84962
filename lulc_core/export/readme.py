"""README.txt of the package: what each file is, in plain words of the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from lulc_core.domain.classes import CLASSES
from lulc_core.export.bundle import Bundle
from lulc_core.export.provenance import licence
from lulc_core.language.words import Words
from lulc_core.version import __version__

_WHAT = {
    "true_colour.tif": "package.true_colour",
    "tiles_land_cover.tif": "package.tiles_land_cover",
    "tiles_probabilities.tif": "package.tiles_probabilities",
    "tiles_quality.tif": "package.tiles_quality",
    "land_cover.tif": "package.land_cover",
    "probabilities.tif": "package.probabilities",
    "quality.tif": "package.quality",
    "change.tif": "package.change_tif",
    ".tif.aux.xml": "package.aux",
    ".qml": "package.qml",
    ".gpkg": "package.gpkg",
    "tiles.geojson": "package.tiles_geojson",
    "changes.geojson": "package.changes_geojson",
    "areas.csv": "package.areas",
    "transitions.csv": "package.transitions",
    "gains_losses.csv": "package.gains_losses",
    "places.csv": "package.places",
    "check.csv": "package.check",
    "check_matrix.csv": "package.check_matrix",
    "check_answers.json": "package.check_answers",
    "summary.json": "package.summary",
    "model.json": "package.model",
    "provenance.json": "package.provenance",
    "result.json": "package.result",
    "item.json": "package.item",
    "README.txt": "package.read_me",
    ".pdf": "package.pdf",
    ".html": "package.html",
    ".pptx": "package.pptx",
}
"""What files are, by how their names end; the first that fits."""
_WIDTH = 100


def read_me(bundle: Bundle, names: Sequence[str], words: Words, notes: Sequence[str], *, checked: bool) -> str:
    """Write the text.

    Args:
        bundle: the result.
        names: of all files, in the order in which they are to be explained.
        words: the reader's language; names of classes in files stay English.
        notes: what limits the result, in that language.
        checked: the package holds the user's own check.
    """
    days = [
        words.translate(f"package.role_{role}", date=words.date(dated.acquisition.datetime.date()))
        for role, dated in zip(bundle.roles, bundle.dates, strict=True)
    ]
    grid = bundle.after.land_cover.grid
    place = bundle.aoi.name or words.position(*bundle.aoi.center)
    area = words.area(bundle.aoi.area_m2 / 10_000)
    keys = ("patches", "classes", "crossed", "checked" if checked else "unchecked")
    limits = [words.translate("package.note", note=note) for note in notes] + [
        words.translate(f"package.limit_{k}") for k in keys
    ]
    parts = [
        words.translate("package.simulated") + "\n" if bundle.simulated else "",
        words.translate("package.head_map" if bundle.kind == "map" else "package.head_compare", version=__version__),
        words.translate("package.dates", days=", ".join(days)),
        words.translate("package.area", place=place, area=area, epsg=str(grid.epsg), side=words.metres(grid.cell_m)),
        "",
        words.spoken(bundle.attribution) + ".",
        fill(words.translate("package.licence", text=licence(bundle.simulated)), _WIDTH),
        "",
        words.translate("package.files"),
        *(f"  {name}\n      {_explain(name, words)}" for name in names),
        "",
        words.translate("package.classes"),
        *(_class_line(i, words) for i in range(len(CLASSES))),
        "",
        words.translate("package.limits"),
        *(fill(f"- {limit}", _WIDTH, subsequent_indent="  ") for limit in limits),
    ]
    return "\n".join(parts).lstrip("\n") + "\n"


def _class_line(i: int, words: Words) -> str:
    c = CLASSES[i]
    about = words.translate("package.class_line", name=c.name, label=words.class_name(i), corine=c.corine_l2)
    return f"  {i}  {c.letter}  {words.class_letter(i)}  {about}"


def _explain(name: str, words: Words) -> str:
    if name.endswith(".png"):
        changed = words.translate("name.sheet_change") in name
        return words.translate("package.png_change" if changed else "package.png_map")
    return next((words.translate(key) for end, key in _WHAT.items() if name.endswith(end)), "")

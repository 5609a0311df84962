"""The data package: everything of a result for other programs, in one archive. Equal results give equal bytes.

It can be read back by this program (``export.bundle_read.read_bundle``), and opened piece by piece by any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lulc_core.analysis.accuracy.area import class_areas, weighted_ha
from lulc_core.analysis.accuracy.labels import labels_to_json
from lulc_core.analysis.accuracy.olofsson import Measure, UserCheck, user_check
from lulc_core.analysis.accuracy.sample import LABEL_NAMES, OTHER
from lulc_core.analysis.change.evaluation import level_words
from lulc_core.analysis.change.sentences import change_notes
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import CERTAINTY_LABELS, ChangeReport
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.domain.results import ClassArea
from lulc_core.export import tables
from lulc_core.export.bundle import Bundle, bundle_files
from lulc_core.export.change_files import change_summary, change_tif, changes_geojson
from lulc_core.export.files import json_bytes, zip_files
from lulc_core.export.geopackage import geopackage
from lulc_core.export.map_files import summary, tiles_geojson
from lulc_core.export.package_layers import layers_of
from lulc_core.export.provenance import licence
from lulc_core.export.qgis import chance_qml, class_aux_xml, class_qml
from lulc_core.export.readme import read_me
from lulc_core.export.stac import stac_item
from lulc_core.language.words import Words, english
from lulc_core.report.names import SIMULATED_PREFIX
from lulc_core.report.story.comparison import report_of

MODEL_FILE = "model.json"
CROSSED_NOTE = "Ground of squares that a road or river crosses: no area of roads or rivers."
_LEAST_HA = 0.01
"""Less ground by probabilities is not listed."""


def package_files(
    bundle: Bundle,
    *,
    evaluation: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    corine: bool = False,
    check: UserCheck | None = None,
    words: Words | None = None,
    further: Sequence[str] = (),
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, bytes]:
    """Make all files of the package, by name. Names begin with ``SIMULATED_`` where imagery was simulated.

    Args:
        bundle: the result.
        evaluation: the network's ``.evaluation.json``; it is left out if it is of other weights.
        card: the network's card; without it the description of the network is shorter.
        corine: QGIS styles in the colours that CORINE readers expect.
        check: the user's own check of the last date's map; its figures and answers become files.
        words: the language of README.txt; English where None.
        further: names of files that are added to these, for README.txt.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: the check is of another map.
        SourceError: the folder for temporary files is full.
        CancelledError: ``cancelled()`` said so.
    """
    step, reader = stopping_progress(on_progress, cancelled), words or english()
    prefix = SIMULATED_PREFIX if bundle.simulated else ""
    step(0.0, "Rasters")
    files = bundle_files(bundle, prefix=prefix)
    report = report_of(bundle)
    for stem, dated in zip(bundle.stems, bundle.dates, strict=True):
        names = [f"{prefix}{stem}land_cover"]
        names += [f"{prefix}{stem}tiles_land_cover"] if dated.tiles is not dated.land_cover else []
        for name in names:
            files[f"{name}.tif.aux.xml"] = class_aux_xml().encode()
            files[f"{name}.qml"] = class_qml(corine=corine, simulated=bundle.simulated).encode()
    step(0.3, "Polygons")
    for stem, dated in zip(bundle.stems, bundle.dates, strict=True):
        files[f"{prefix}{stem}tiles.geojson"] = tiles_geojson(dated.tiles).encode()
    if report is not None:
        files[f"{prefix}change.tif"] = change_tif(report)
        files[f"{prefix}change.qml"] = chance_qml(simulated=bundle.simulated).encode()
        files[f"{prefix}changes.geojson"] = changes_geojson(report).encode()
    step(0.6, "GeoPackage")
    text = f"{bundle.attribution}. {licence(bundle.simulated)}"
    levels = CERTAINTY_LABELS if report is None else level_words(report.change)
    layers = layers_of(bundle, report, words=levels, prefix=prefix, corine=corine)
    files[f"{prefix}land_cover.gpkg"] = geopackage(layers, description=text)
    step(0.85, "Tables")
    if check is not None:
        check = user_check(check.sample, check.labels, bundle.after.land_cover)
        files[f"{prefix}check.csv"] = check_csv(check, bundle.attribution).encode()
        files[f"{prefix}check_matrix.csv"] = check_matrix_csv(check, bundle.attribution).encode()
        files[f"{prefix}check_answers.json"] = (labels_to_json(check.sample, check.labels) + "\n").encode()
    files[f"{prefix}areas.csv"] = areas_csv(bundle, check).encode()
    if report is not None:
        files[f"{prefix}transitions.csv"] = tables.transitions(report, attribution=bundle.attribution).encode()
        files[f"{prefix}gains_losses.csv"] = tables.gains_losses(report).encode()
        files[f"{prefix}places.csv"] = tables.places(report, levels).encode()
    step(0.9, "Descriptions")
    numbers = (
        summary(bundle.after.land_cover, bundle.after.tiles, aoi=bundle.aoi)
        if report is None
        else change_summary(report, aoi=bundle.aoi)
    )
    if check is not None:
        numbers["check"] = _check_numbers(check)
    files[f"{prefix}summary.json"] = json_bytes(numbers)
    files[MODEL_FILE] = json_bytes(_model(bundle, card, _same_network(bundle, evaluation)))
    files["provenance.json"] = json_bytes(bundle.provenance)
    listed = [*further, *files, "item.json", "README.txt"]
    notes = _notes(bundle, report, reader)
    files["README.txt"] = read_me(bundle, listed, reader, notes, checked=check is not None).encode()
    item_id = package_stem(bundle)
    files["item.json"] = json_bytes(stac_item(bundle, files, item_id=item_id, model_file=MODEL_FILE, card=card))
    step(1.0, "Done")
    return files


def _notes(bundle: Bundle, report: ChangeReport | None, words: Words) -> list[str]:
    """Say the notes of a result, which it keeps in English, in the reader's language."""
    known: dict[str, str] = {}
    if report is not None:
        known = dict(zip(*(change_notes(report.change, w) for w in (english(), words)), strict=True))
    return [known.get(note) or words.spoken(note) for note in bundle.notes]


def package_zip(
    bundle: Bundle,
    *,
    evaluation: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    words: Words | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> bytes:
    """Pack :func:`package_files` into one archive, in a folder named by :func:`package_stem`."""
    step = stopping_progress(on_progress, cancelled)
    files = package_files(
        bundle,
        evaluation=evaluation,
        card=card,
        words=words,
        on_progress=lambda f, m: step(0.9 * f, m if f < 1 else "Packing"),
        cancelled=cancelled,
    )
    packed = zip_files(files, package_stem(bundle))
    step(1.0, "Done")
    return packed


def package_stem(bundle: Bundle) -> str:
    """Name the archive and its folder: what, when, where, how fine, and SIMULATED where it is."""
    return stem_of([d.land_cover for d in bundle.dates[:2]], bundle.aoi)


def stem_of(maps: Sequence[LandCoverMap], aoi: Aoi) -> str:
    """Name the package from the one or two main dates, before there is a bundle."""
    days = "_".join(m.acquisition.date for m in maps)
    what = "land_cover" if len(maps) == 1 else "change"
    mark = SIMULATED_PREFIX if any(m.simulated for m in maps) else ""
    return f"{mark}{what}_{days}_{aoi.key}_{maps[0].grid.cell_m}m"


def areas_csv(bundle: Bundle, check: UserCheck | None) -> str:
    """Write areas of each date: counted, weighted by probability, by the check of the last date; and what was left out.

    ``counted_pct`` is of the drawn shape, ``named_pct`` of the ground that has a class. The columns of indicative
    intervals are empty: such intervals held the truth too rarely (docs/report.md); only a check gives one.
    """
    header = ["date", "role", "class", "letter", "label", "cells", "counted_ha", "counted_pct", "weighted_ha"]
    header += ["indicative_low_ha", "indicative_high_ha", "note", "kind", "named_pct"]
    header += ["check_ha", "check_low_95_ha", "check_high_95_ha"]
    rows: list[tuple[tables.Value, ...]] = []
    for role, dated in zip(bundle.roles, bundle.dates, strict=True):
        land_cover, day = dated.land_cover, dated.acquisition.date
        named, weighted = float(land_cover.class_ha.sum()), weighted_ha(land_cover)
        found = {} if check is None or dated is not bundle.after else {c.class_id: c for c in check.found.classes}
        counted = {a.cls.id: a for a in class_areas(land_cover)}
        shown = [c for c in CLASSES if c.id in counted or weighted[c.id] >= _LEAST_HA or c.id in found]
        for c in sorted(shown, key=lambda c: (-(counted[c.id].ha if c.id in counted else 0.0), -weighted[c.id])):
            a = counted.get(c.id) or ClassArea(c, 0, 0.0, 0.0)
            kind, note = ("squares crossed", CROSSED_NOTE) if c.is_line else ("land", "")
            area = found[c.id].area_ha if c.id in found else None
            by_check = (None, None, None) if area is None else (area.value, area.low, area.high)
            counts = (a.tiles, a.ha, a.pct, float(weighted[c.id]), None, None)
            share = 100 * a.ha / named if named else None
            rows.append((day, role, c.name, c.letter, c.map_label, *counts, note, kind, share, *by_check))
        if (other := found.get(OTHER)) is not None:
            area = other.area_ha
            nothing = (0, 0.0, 0.0, None, None, None, "", "other land", 0.0)
            rows.append((day, role, other.name, "", other.label, *nothing, area.value, area.low, area.high))
        left = sum(land_cover.left_out().values())
        ground = (left, land_cover.left_out_ha, 100 * land_cover.left_out_ha / land_cover.total_ha)
        rows.append((day, role, "", "", "left out", *ground, None, None, None, "", "left out", *(None,) * 4))
    return tables.csv_text(header, rows, attribution=bundle.attribution)


def _check_numbers(check: UserCheck) -> dict[str, Any]:
    """The figures of the check for summary.json."""
    found = check.found

    def ends(m: Measure | None) -> dict[str, Any] | None:
        return None if m is None else {"value": m.value, "low_95": m.low, "high_95": m.high, "labels": m.n}

    return {
        "overall_accuracy": ends(found.overall),
        "areas_ha": {c.name: ends(c.area_ha) for c in found.classes},
        "users_accuracy": {c.name: ends(c.users) for c in found.classes},
        "producers_accuracy": {c.name: ends(c.producers) for c in found.classes},
        "cannot_tell": found.cannot_tell,
    }


def check_csv(check: UserCheck, attribution: str) -> str:
    """Write what the user's check says: a row for the whole map, then of each class. Areas in ha, accuracies 0 to 1."""
    header = ["class", "label", "measure", "value", "low_95", "high_95", "labels", "on_the_map_ha"]
    found = check.found
    measures: list[tuple[str, str, str, Measure | None, float | None]] = [
        ("", "whole map", "overall_accuracy", found.overall, None)
    ]
    for c in found.classes:
        measures.append((c.name, c.label, "area_ha", c.area_ha, c.mapped_ha))
        measures.append((c.name, c.label, "users_accuracy", c.users, None))
        measures.append((c.name, c.label, "producers_accuracy", c.producers, None))
    rows = [(*names, m.value, m.low, m.high, m.n, ha) for *names, m, ha in measures if m is not None]
    return tables.csv_text(header, rows, attribution=attribution)


def check_matrix_csv(check: UserCheck, attribution: str) -> str:
    """Write the counts of the check: the class on the map in rows, the user's answer in columns."""
    names = [LABEL_NAMES[i] for i in range(len(check.found.matrix))]
    rows: list[tuple[tables.Value, ...]] = [
        (name, *(int(v) for v in row)) for name, row in zip(names, check.found.matrix, strict=True)
    ]
    return tables.csv_text(["map_class", *(f"answer_{n}" for n in names)], rows[:-1], attribution=attribution)


def _same_network(bundle: Bundle, evaluation: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the evaluation if it is of the weights that classified the tiles."""
    about = (evaluation or {}).get("model")
    measured = about.get("sha256") if isinstance(about, Mapping) else None
    return evaluation if measured == bundle.after.land_cover.model.sha256 else None


def _model(bundle: Bundle, card: Mapping[str, Any] | None, evaluation: Mapping[str, Any] | None) -> dict[str, Any]:
    info = bundle.after.land_cover.model
    found: dict[str, Any] = {"name": info.name, "sha256": info.sha256, "provenance": bundle.provenance.get("model")}
    if card is not None:
        found["card"] = {k: v for k, v in card.items() if k != "history"}
    if evaluation is not None:
        found["evaluation"] = {
            k: evaluation[k]
            for k in ("split", "n", "accuracy", "accuracy_95", "ece", "classes", "matrix_axes", "matrix")
            if k in evaluation
        }
    return found

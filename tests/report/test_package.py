"""The data package: every file opened by the programs it is for, and the same request gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyogrio
import pystac.validation.local_validator as stac_core
import pytest
import rasterio
import shapely
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from rio_cogeo import cog_validate

from lulc_core.analysis.change.evaluation import level_words
from lulc_core.analysis.change.sentences import change_notes
from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.domain.errors import CancelledError, SourceError
from lulc_core.export.bundle import bundle_of
from lulc_core.export.bundle_read import read_bundle
from lulc_core.export.stac import EXTENSIONS
from lulc_core.language.words import Words, english
from lulc_core.report.package import package_files, package_stem, package_zip
from lulc_core.report.story.comparison import report_of
from tests.render.results import AOI, compare_result, fine_result, map_result

REQUEST = {"command": "map", "date": "2021-08-14"}
EVALUATION = {
    "matrix": (np.full((10, 10), 1) + 90 * np.eye(10, dtype=int)).tolist(),
    "classes": list(CLASS_NAMES),
    "model": {"name": "by-brightness", "sha256": "cd" * 32},
    "accuracy": 0.91,
}
CARD = {"architecture": "compact", "training": {"epochs": 40}}


def bundle(kind: str):
    makers: dict[str, Callable[[], Any]] = {
        "map": map_result,
        "fine": fine_result,
        "compare": compare_result,
        "simulated": lambda: compare_result(simulated=True),
    }
    return bundle_of(makers[kind](), aoi=AOI, request=REQUEST)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Bundle and unpacked package of each kind."""
    found = {}
    for kind in ("map", "fine", "compare", "simulated"):
        whole = bundle(kind)
        folder = tmp_path_factory.mktemp(kind)
        for name, data in package_files(whole, evaluation=EVALUATION, card=CARD).items():
            (folder / name).write_bytes(data)
        found[kind] = (whole, folder)
    return found


KINDS = pytest.mark.parametrize("kind", ["map", "fine", "compare", "simulated"])


@KINDS
def test_every_raster_is_cloud_optimised_and_placed(made, kind):
    whole, folder = made[kind]
    rasters = sorted(folder.glob("*.tif"))
    assert len(rasters) == {"map": 4, "fine": 7, "compare": 13, "simulated": 13}[kind]
    for path in rasters:
        valid, errors, warnings = cog_validate(path, strict=True, quiet=True)
        assert valid and not errors and not warnings, (path.name, errors, warnings)
        with rasterio.open(path) as file:
            assert file.crs.to_epsg() == 32632 and tuple(file.bounds) == whole.after.land_cover.grid.bounds
            assert file.tags()["TIFFTAG_COPYRIGHT"]
            assert ("SIMULATED" in file.tags()["TIFFTAG_COPYRIGHT"]) == (kind == "simulated")
            assert "Sentinel data" in file.tags()["licence"] or kind == "simulated"


@KINDS
def test_class_rasters_have_colours_and_names_that_gdal_reads(made, kind, tmp_path):
    _, folder = made[kind]
    paths = sorted(folder.glob("*land_cover.tif"))
    assert paths
    for path in paths:
        with rasterio.open(path) as file:
            colors = file.colormap(1)
            rasterio.shutil.copy(file, tmp_path / "seen.vrt", driver="VRT")  # a VRT says what GDAL knows of a file
        for c in CLASSES:
            assert "#{:02X}{:02X}{:02X}".format(*colors[c.id][:3]) == c.color
        seen = ElementTree.parse(tmp_path / "seen.vrt")
        assert [e.text for e in seen.iter("Category")] == list(CLASS_NAMES)
        style = ElementTree.parse(path.with_suffix(".qml"))
        entries = list(style.iter("paletteEntry"))
        assert [(e.get("value"), e.get("color").upper()) for e in entries] == [(str(c.id), c.color) for c in CLASSES]
        assert all(c.letter in e.get("label") for c, e in zip(CLASSES, entries, strict=True))
        assert all(("SIMULATED" in e.get("label")) == (kind == "simulated") for e in entries)


def test_the_attribute_table_names_every_class(made):
    _, folder = made["map"]
    table = ElementTree.parse(folder / "land_cover.tif.aux.xml")
    rows = [[f.text for f in row] for row in table.iter("Row")]
    assert [row[:4] for row in rows] == [[str(c.id), c.name, c.map_label, c.letter] for c in CLASSES]
    assert len(list(table.iter("FieldDefn"))) == len(rows[0])


@KINDS
def test_the_geopackage_holds_the_maps_with_styles_that_qgis_takes(made, kind):
    whole, folder = made[kind]
    mark = "SIMULATED_" if kind == "simulated" else ""
    path = folder / f"{mark}land_cover.gpkg"
    names = [n for n, geometry in pyogrio.list_layers(path) if geometry]
    expected = {
        "map": ["land_cover", "area"],
        "fine": ["land_cover", "tiles", "area"],
        "compare": ["changes", "before_land_cover", "after_land_cover", "confirm_1_land_cover", "area"],
    }
    assert names == [mark + n for n in expected["compare" if mark else kind]]
    stem = "after_" if whole.kind == "compare" else ""
    meta, _, geometry, values = pyogrio.raw.read(path, layer=f"{mark}{stem}land_cover")
    columns = dict(zip(meta["fields"], values, strict=True))
    land_cover = whole.after.land_cover
    rows, cols = np.nonzero(land_cover.grid.inside)
    assert meta["crs"] == "EPSG:32632" and len(geometry) == len(rows)
    boxes = shapely.from_wkb(geometry)
    np.testing.assert_allclose(shapely.area(boxes), land_cover.grid.cell_m**2)
    for i in range(0, len(rows), 7):
        r, c = int(rows[i]), int(cols[i])
        assert boxes[i].equals(land_cover.grid.tile_box(r, c))
        class_id = int(land_cover.class_ids[r, c])
        assert columns["tile_id"][i] == land_cover.grid.tile_id(r, c)
        assert columns["class"][i] == (CLASS_NAMES[class_id] if class_id != 255 else None)
        assert columns["p_Forest"][i] == pytest.approx(land_cover.probabilities[r, c, 1], nan_ok=True)
    classified = np.array([v is not None for v in columns["class"]])
    assert columns["ha"][classified].sum() == pytest.approx(land_cover.class_ha.sum())
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA user_version").fetchone() == (10200,)  # 1.2, which QGIS 3.22 knows
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        contents = base.execute("SELECT description, last_change FROM gpkg_contents WHERE data_type = 'features'")
        for description, changed in contents.fetchall():
            assert whole.attribution in description and "licence" not in description.lower().split()[0]
            assert changed == "2000-01-01T00:00:00.000Z"
    base.close()
    assert set(styles) == set(names)
    style = ElementTree.fromstring(styles[f"{mark}{stem}land_cover"])
    assert [e.get("value") for e in style.iter("category")] == [*CLASS_NAMES, ""]
    fills = [e.get("value") for e in style.iter("Option") if e.get("name") == "color"]
    assert fills[1] == "0,68,27,255"  # Forest, 00441B


def test_changes_as_polygons_and_raster_agree(made):
    whole, folder = made["compare"]
    meta, _, _, values = pyogrio.raw.read(folder / "land_cover.gpkg", layer="changes")
    columns = dict(zip(meta["fields"], values, strict=True))
    with rasterio.open(folder / "change.tif") as file:
        before, after, change_probability = file.read()
    compared = before != 255
    assert len(columns["rank"]) == compared.sum() and columns["counted"].sum() > 0
    assert sorted(columns["chance"]) == pytest.approx(sorted(change_probability[compared]))
    features = json.loads((folder / "changes.geojson").read_text())["features"]
    assert [f["properties"]["tile_id"] for f in features] == list(columns["tile_id"])
    places = list(csv.DictReader(io.StringIO((folder / "places.csv").read_text())))
    differs = int((before[compared] != after[compared]).sum())
    assert len(places) == differs and sum(p["counted"] == "yes" for p in places) == columns["counted"].sum()
    words = level_words(report_of(whole).change)
    assert {(p["certainty"], p["certainty_in_words"]) for p in places} <= {
        (k.name.lower(), v) for k, v in words.items()
    }
    assert list(columns["certainty_in_words"][:3]) == [p["certainty_in_words"] for p in places[:3]]
    assert places[0]["sentence"] == columns["sentence"][0] != ""
    rows = list(csv.DictReader(io.StringIO((folder / "transitions.csv").read_text())))
    assert sum(int(r["tiles"]) for r in rows) == compared.sum()
    assert {r["attribution"] for r in rows} == {whole.attribution}


@KINDS
def test_areas_add_up_to_the_drawn_shape_and_have_no_interval_that_nobody_measured(made, kind):
    whole, folder = made[kind]
    rows = list(csv.DictReader(io.StringIO(next(folder.glob("*areas.csv")).read_text())))
    assert {r["role"] for r in rows} == set(whole.roles)
    first = whole.dates[0]
    mine = [r for r in rows if r["date"] == first.acquisition.date]
    classified = [r for r in mine if r["class"]]
    assert sum(float(r["counted_ha"]) for r in classified) == pytest.approx(first.land_cover.class_ha.sum(), abs=0.01)
    assert sum(float(r["weighted_ha"]) for r in classified) == pytest.approx(first.land_cover.class_ha.sum(), rel=1e-3)
    assert float(mine[-1]["counted_ha"]) == pytest.approx(first.land_cover.left_out_ha, abs=0.001)
    assert sum(float(r["counted_pct"]) for r in mine) == pytest.approx(100, abs=0.01)
    assert sum(float(r["named_pct"]) for r in classified) == pytest.approx(100, abs=0.01)
    assert all(r["indicative_low_ha"] == r["check_ha"] == "" for r in rows)
    assert {r["class"] for r in rows if r["kind"] == "squares crossed"} <= {"Highway", "River"}
    assert "only a check of the map" in (folder / "README.txt").read_text()
    assert {r["attribution"] for r in rows} == {whole.attribution}


def test_the_italian_text_says_its_notes_in_italian():
    made, words = bundle("compare"), Words("it")
    report = report_of(made)
    told = " ".join(package_files(made, words=words)["README.txt"].decode().split())
    for note, said in zip(change_notes(report.change, english()), change_notes(report.change, words), strict=True):
        assert " ".join(said.split()) in told and (note == said or note not in told)


def test_an_evaluation_of_other_weights_is_left_out():
    for evaluation in (None, {**EVALUATION, "model": {"sha256": "00"}}, {"model": None}):
        assert "evaluation" not in json.loads(package_files(bundle("map"), evaluation=evaluation)["model.json"])


@KINDS
def test_the_stac_item_is_valid_and_points_to_every_file(made, kind):
    whole, folder = made[kind]
    item = json.loads((folder / "item.json").read_text())
    known = stac_core.get_local_schema_cache()  # STAC 1.1.0 and GeoJSON, bundled with pystac: no network
    registry = Registry().with_resources([(k, Resource.from_contents(v)) for k, v in known.items()])
    schema = next(v for k, v in known.items() if k.endswith("/item.json"))
    assert [e.message for e in Draft7Validator(schema, registry=registry).iter_errors(item)] == []
    assert item["id"] == package_stem(whole) and item["stac_extensions"] == list(EXTENSIONS)
    pointed = {a["href"].removeprefix("./"): a for a in item["assets"].values()}
    assert set(pointed) == {p.name for p in folder.iterdir()} - {"item.json"}
    for name, asset in pointed.items():
        assert asset["lulc:size_bytes"] == (folder / name).stat().st_size
    text = json.dumps(item)
    assert ("SIMULATED" in text) == (kind == "simulated") and whole.attribution in text
    # What the extensions ask for beyond the core (their schemas are not bundled with anything small: docs/package.md).
    properties = item["properties"]
    assert properties["proj:code"] == "EPSG:32632" and len(properties["proj:bbox"]) == 4
    for name, asset in pointed.items():
        if not name.endswith(".tif"):
            continue
        with rasterio.open(folder / name) as file:
            assert asset["proj:shape"] == list(file.shape)
            assert asset["proj:transform"] == list(file.transform)[:6]
            assert len(asset["bands"]) == file.count
            assert {b["data_type"] for b in asset["bands"]} == set(file.dtypes)
            assert all(b.get("nodata", file.nodata) == file.nodata or b["nodata"] == "nan" for b in asset["bands"])
        if name.endswith("land_cover.tif"):
            classes = asset["bands"][0]["classification:classes"]
            assert [(c["value"], c["name"]) for c in classes[:10]] == list(enumerate(CLASS_NAMES))
            assert all(re.fullmatch(r"[0-9A-F]{6}", c["color_hint"]) and c["description"] for c in classes[:10])
            assert all(re.fullmatch(r"[0-9A-Za-z_-]+", c["name"]) for c in classes)
    for field in ("name", "architecture", "tasks", "input", "output"):
        assert properties[f"mlm:{field}"]
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", properties["mlm:name"])
    given = {b["name"] for b in properties["bands"]}
    for entry in properties["mlm:input"]:
        assert set(entry["bands"]) <= given and {"shape", "dim_order", "data_type"} <= set(entry["input"])
    model = [a for a in pointed.values() if "mlm:model" in a["roles"]]
    assert len(model) == 1 and model[0]["mlm:artifact_type"]
    if whole.kind == "compare":
        assert properties["datetime"] is None
        assert properties["start_datetime"] == "2019-07-16T10:20:31Z" < properties["end_datetime"]


@KINDS
def test_the_same_request_gives_the_same_bytes(made, kind):
    whole, folder = made[kind]
    again = package_files(bundle(kind), evaluation=EVALUATION, card=CARD)
    assert {p.name for p in folder.iterdir()} == set(again)
    for name, data in again.items():
        assert (folder / name).read_bytes() == data, name
    if kind == "map":
        assert package_zip(whole) == package_zip(bundle(kind))


@KINDS
def test_no_file_tells_the_machine_and_every_readable_one_the_source(made, kind):
    whole, folder = made[kind]
    for path in folder.iterdir():
        data = path.read_bytes()
        assert str(Path.home()).encode() + b"/" not in data and b"/work/" not in data, path.name
        if path.name not in ("model.json",) and path.suffix not in (".qml", ".xml"):
            # A raster of one date names the year of that date.
            said = [whole.attribution, *(d.acquisition.attribution for d in whole.dates if path.suffix == ".tif")]
            said += [d.acquisition.attribution for d in whole.dates if path.name.endswith("tiles.geojson")]
            assert any(s.encode() in data for s in said), path.name
        simulated = b"SIMULATED" in data or path.name.startswith("SIMULATED")
        assert simulated == (kind == "simulated") or path.name == "model.json", path.name


def test_the_archive_is_read_back_and_every_name_is_explained(made, tmp_path):
    for whole, _ in made.values():
        path = tmp_path / f"{package_stem(whole)}.zip"
        path.write_bytes(package_zip(whole))
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert {n.split("/")[0] for n in archive.namelist()} == {package_stem(whole)}
            assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            text = archive.read(f"{package_stem(whole)}/README.txt").decode()
        for name in (n.split("/")[1] for n in archive.namelist()):
            if name != "README.txt":
                assert re.search(rf"^  {re.escape(name)}\n      \S", text, re.M), name
        back = read_bundle(path)
        assert back.kind == whole.kind and back.provenance == whole.provenance
        np.testing.assert_array_equal(back.after.land_cover.class_ids, whole.after.land_cover.class_ids)
        np.testing.assert_array_equal(back.after.picture, whole.after.picture)


def test_corine_colours_are_a_choice():
    files = package_files(bundle("map"), corine=True)
    entries = list(ElementTree.fromstring(files["land_cover.qml"].decode()).iter("paletteEntry"))
    assert [e.get("color").upper() for e in entries] == [c.corine_color for c in CLASSES]


def test_progress_rises_and_cancelling_stops():
    whole, told = bundle("map"), []
    package_zip(whole, on_progress=lambda f, m: told.append((f, m)))
    fractions = [f for f, _ in told]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1 and all(m for _, m in told)
    for after in range(len(told) - 1):
        calls = iter(range(100))
        with pytest.raises(CancelledError):
            package_zip(whole, cancelled=lambda c=calls, n=after: next(c) >= n)


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="The GeoPackage cannot be made in"):
        package_zip(bundle("map"))


def test_names_of_areas_are_text_wherever_they_go(tmp_path):
    from dataclasses import replace

    name = '</qgis><script>alert(1)</script>=cmd()"; DROP TABLE tiles; -- שלום 🏞'
    whole = bundle_of(map_result(), aoi=replace(AOI, name=name), request={"aoi": name})
    files = package_files(whole)
    (tmp_path / "x.gpkg").write_bytes(files["land_cover.gpkg"])
    _, _, _, values = pyogrio.raw.read(tmp_path / "x.gpkg", layer="area")
    assert values[0][0] == name
    for key, data in files.items():
        if key.endswith((".qml", ".xml")):
            ElementTree.fromstring(data.decode())
    assert read_bundle(files).aoi.name == name


def test_changes_are_those_of_the_comparison_with_its_rule_and_notes():
    from dataclasses import replace

    result = compare_result()
    whole = bundle_of(result, aoi=AOI, request={})
    again = report_of(whole)
    assert again.notes == result.report.notes and again.sentences == result.report.sentences
    np.testing.assert_array_equal(again.change.changed, result.change.changed)
    strict = {**whole.provenance["change_rule"], "min_chance": 1.0, "min_chance_alike": 1.0}
    stricter = replace(whole, provenance={**whole.provenance, "change_rule": strict})
    assert report_of(stricter).change.changed.sum() < again.change.changed.sum()
    foreign = report_of(replace(whole, provenance={**whole.provenance, "change_rule": {"unheard_of": 1}}))
    assert any("follows this version of the program" in n for n in foreign.notes)
    assert report_of(bundle("map")) is None

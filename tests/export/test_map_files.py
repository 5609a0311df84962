"""The four files: opened again with rasterio, json and shapely; all of them or none."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from lulc_core.analysis.accuracy.area import class_areas
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.domain.files import write_files
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.export.map_files import map_files, summary
from tests.arrays import grid_at, map_of

TRIANGLE = {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}


FILE_NAMES = ("land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json")


def written(land_cover: LandCoverMap, folder: Path, **more) -> tuple[Path, ...]:
    return write_files(map_files(land_cover, land_cover, **more), folder, what="the map")


def _triangle(**changes) -> LandCoverMap:
    grid = TileGrid.from_aoi(Aoi.from_geojson(TRIANGLE))
    ids = np.add.outer(np.arange(grid.n_rows), 2 * np.arange(grid.n_cols)) % 10
    row, col = np.argwhere(grid.coverage == 1)[0]
    ids[row, col] = 255
    return map_of(ids, grid, **changes)


def test_the_class_raster_opens_with_classes_colours_names_and_place(tmp_path):
    land_cover = _triangle()
    path = written(land_cover, tmp_path / "out")[0]
    with rasterio.open(path) as file:
        assert (file.count, file.dtypes, file.nodata) == (1, ("uint8",), 255)
        assert file.crs.to_epsg() == land_cover.grid.epsg
        assert file.res == (640, 640) and tuple(file.bounds) == land_cover.grid.bounds
        np.testing.assert_array_equal(file.read(1), land_cover.class_ids)
        colors = file.colormap(1)
        tags = file.tags(1)
        for c in CLASSES:
            assert "#{:02X}{:02X}{:02X}".format(*colors[c.id][:3]) == c.color
            assert tags[f"class_{c.id}"] == c.name
        assert file.descriptions == ("land cover class",)
        assert file.tags()["model_sha256"] == "ab" * 32
        assert file.tags()["TIFFTAG_COPYRIGHT"] == "Contains modified Copernicus Sentinel data 2021"
        for row, col in np.argwhere(land_cover.grid.inside):
            x, y = land_cover.grid.tile_box(int(row), int(col)).centroid.coords[0]
            assert next(file.sample([(x, y)]))[0] == land_cover.class_ids[row, col]
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(FILE_NAMES)  # no .aux.xml, no temporary file


def test_the_probability_raster_has_ten_named_bands(tmp_path):
    land_cover = _triangle()
    with rasterio.open(written(land_cover, tmp_path)[1]) as file:
        assert file.count == 10 and set(file.dtypes) == {"float32"} and np.isnan(file.nodata)
        assert file.descriptions == CLASS_NAMES
        np.testing.assert_array_equal(np.moveaxis(file.read(), 0, 2), land_cover.probabilities)
        assert tuple(file.bounds) == land_cover.grid.bounds


def test_tiles_are_polygons_in_lon_lat_with_their_facts(tmp_path):
    land_cover = _triangle()
    grid = land_cover.grid
    flags = land_cover.flags.copy()
    probabilities, ids = land_cover.probabilities.copy(), land_cover.class_ids.copy()
    first, last = (tuple(t) for t in (np.argwhere(land_cover.classified)[0], np.argwhere(land_cover.classified)[-1]))
    flags[first] = TileFlag.PARTLY_CLOUDY | TileFlag.UNSURE
    flags[last], ids[last] = TileFlag.OOD, 255
    land_cover = replace(land_cover, flags=flags, probabilities=probabilities, class_ids=ids)
    data = json.loads(written(land_cover, tmp_path)[2].read_text(encoding="utf-8"))
    features = {f["properties"]["tile_id"]: f for f in data["features"]}
    assert len(data["features"]) == len(features) == grid.n_tiles
    assert data["attribution"].startswith("Contains modified") and data["simulated"] is False
    for row, col in np.argwhere(grid.inside).tolist():
        feature = features[grid.tile_id(row, col)]
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid and shape.exterior.is_ccw
        corners = shapely.Polygon(grid.tile_polygon(row, col))
        assert shape.symmetric_difference(corners).area < 1e-6 * corners.area * 100
        p = feature["properties"]
        assert set(p) == {"tile_id", "class", "probability", "probabilities", "clear_share", "flags"}
        if ids[row, col] == 255:
            assert p["class"] is None and p["probability"] is None
        else:
            assert p["class"] == CLASS_NAMES[ids[row, col]]
            assert p["probability"] == pytest.approx(0.8) == p["probabilities"][p["class"]]
            assert sum(p["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert features[grid.tile_id(*map(int, first))]["properties"]["flags"] == ["partly_cloudy", "unsure"]
    unlike = features[grid.tile_id(*map(int, last))]["properties"]
    assert unlike["flags"] == ["unlike"] and list(unlike["probabilities"]) == list(CLASS_NAMES)
    cloudy = next(f["properties"] for f in features.values() if f["properties"]["flags"] == ["cloudy"])
    assert cloudy["probabilities"] is None and cloudy["clear_share"] == pytest.approx(0.1)


def test_tiles_across_the_antimeridian_are_cut_there():
    grid = grid_at(179.99, -16.6, 2, 6)
    files = map_files(*[map_of(np.ones(grid.shape), grid)] * 2)
    shapes = [shapely.geometry.shape(f["geometry"]) for f in json.loads(files["tiles.geojson"])["features"]]
    kinds = [s.geom_type for s in shapes]
    assert kinds.count("MultiPolygon") == 2 and kinds.count("Polygon") == 10
    typical = np.median([s.area for s in shapes])
    for s in shapes:
        assert s.is_valid and s.area == pytest.approx(typical, rel=0.01)
        assert s.bounds[0] >= -180 and s.bounds[2] <= 180
        assert all(p.bounds[2] - p.bounds[0] < 0.02 and p.exterior.is_ccw for p in getattr(s, "geoms", [s]))


def test_the_summary_adds_up(tmp_path):
    land_cover = _triangle(notes=("Offset assumed.", "Hello.", "Offset assumed."))
    aoi = Aoi.from_geojson(TRIANGLE, name="corner")
    paths = written(land_cover, tmp_path, aoi=aoi)
    data = json.loads(paths[3].read_text(encoding="utf-8"))
    assert list(data["areas_ha"]) == list(CLASS_NAMES)
    occurring = {a.cls.name: a.ha for a in class_areas(land_cover)}
    assert {k: v for k, v in data["areas_ha"].items() if v} == pytest.approx(occurring, abs=1e-4)
    assert data["tiles"]["left_out"] == {"no_data": 0, "beyond": 0, "cloudy": 1, "unlike": 0}
    assert data["tiles"]["total"] == data["tiles"]["classified"] + 1 == land_cover.grid.n_tiles
    assert data["area"]["named_ha"] + data["area"]["left_out_ha"] == pytest.approx(data["area"]["total_ha"], abs=1e-3)
    assert data["area"]["total_ha"] == pytest.approx(aoi.area_m2 / 1e4, rel=1e-5)
    assert data["area"]["geometry"]["type"] == "Polygon" and data["area"]["name"] == "corner"
    taken = data["acquisition"]
    assert (taken["id"], taken["level"], taken["source"], taken["simulated"]) == (
        "S2A_20210814_T32TMR",
        "L1C",
        "arrays",
        False,
    )
    assert taken["datetime"] == "2021-08-14T10:20:31+00:00"
    assert data["model"] == {"name": "test", "sha256": "ab" * 32}
    assert data["attribution"] == "Contains modified Copernicus Sentinel data 2021"
    assert data["notes"] == ["Offset assumed.", "Hello."]
    numbers = summary(land_cover, land_cover, aoi=aoi)
    assert data == json.loads(json.dumps(numbers))


def test_simulated_maps_say_so_in_every_file():
    files = map_files(simulated := _triangle(simulated=True), simulated)
    assert json.loads(files["summary.json"])["attribution"].startswith("SIMULATED")
    assert json.loads(files["summary.json"])["acquisition"]["simulated"] is True
    assert json.loads(files["tiles.geojson"])["simulated"] is True
    for name in ("land_cover.tif", "probabilities.tif"):
        with rasterio.MemoryFile(files[name]) as memory, memory.open() as file:
            assert file.tags()["simulated"] == "SIMULATED"
            assert file.tags()["TIFFTAG_COPYRIGHT"].startswith("SIMULATED")


def test_the_same_map_gives_the_same_bytes(tmp_path):
    first = [p.read_bytes() for p in written(_triangle(), tmp_path / "a")]
    os.utime(tmp_path / "a", (0, 0))
    second = [p.read_bytes() for p in written(_triangle(), tmp_path / "b")]
    assert first == second
    assert [map_files(_triangle(), _triangle())[n] for n in FILE_NAMES] == first


def test_a_map_without_names_is_written_all_the_same(tmp_path):
    grid = grid_at(9.0, 45.5, 2, 2)
    paths = written(map_of(np.full((2, 2), 255), grid), tmp_path)
    with rasterio.open(paths[0]) as file:
        assert (file.read(1) == 255).all()
    data = json.loads(paths[3].read_text())
    assert data["tiles"] == {
        "total": 4,
        "classified": 0,
        "left_out": {"no_data": 0, "beyond": 0, "cloudy": 4, "unlike": 0},
    }
    assert set(data["areas_ha"].values()) == {0.0}


def test_only_its_own_four_files_are_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "summary.json").write_text("old")
    written(_triangle(), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert json.loads((tmp_path / "summary.json").read_text())["tiles"]["total"] > 0

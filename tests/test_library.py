"""The library: its examples run, what it takes, and that an installed copy works away from the project."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

import lulc_core
from lulc_core import library
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.errors import DateError, InputError

BOX = (8.80, 45.46, 8.83, 45.48)
JULY = ("2021-07-01", "2021-07-31")


def test_examples_in_the_docstrings_run():
    outcome = doctest.testmod(library)
    assert outcome.attempted >= 9 and outcome.failed == 0


@pytest.mark.parametrize(
    "area",
    [
        Aoi.from_bbox(*BOX),
        list(BOX),
        shapely.box(*BOX),
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shapely.box(*BOX))},
    ],
    ids=["aoi", "list", "shapely", "geojson"],
)
def test_every_kind_of_area_finds_the_same(area):
    found = lulc_core.search(area, date(2021, 7, 1), date(2021, 7, 31), source="simulated")
    assert [a.id for a in found] == [a.id for a in lulc_core.search(BOX, *JULY, source="simulated")] and found


def test_an_area_file_is_read(tmp_path):
    path = tmp_path / "field.geojson"
    path.write_text(shapely.to_geojson(shapely.box(*BOX)))
    assert lulc_core.search(path, *JULY, source="simulated")


def test_a_crs_is_followed_and_what_was_left_out_is_a_warning():
    metres = {"type": "Polygon", "coordinates": [[[484361, 5032961], [486000, 5032961], [486000, 5034000]]]}
    crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
    point = {"type": "Point", "coordinates": [485000, 5033500]}
    collection = {"type": "GeometryCollection", "geometries": [metres, point], "crs": crs}
    with pytest.warns(UserWarning, match="left out: 1 point"):
        found = lulc_core.search(collection, *JULY, source="simulated")
    assert found and found[0].id == lulc_core.search(metres | {"crs": crs}, *JULY, source="simulated")[0].id


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: lulc_core.search("nowhere.shp", *JULY, source="simulated"), InputError, "nowhere.shp"),
        (lambda: lulc_core.search((1, 2, 3), *JULY, source="simulated"), InputError, "west, south, east, north"),
        (lambda: lulc_core.search(BOX, "July", "2021-07-31", source="simulated"), DateError, "YYYY-MM-DD"),
        (lambda: lulc_core.search(BOX, *JULY, source="landsat"), InputError, "sentinel-hub nor simulated"),
        (lambda: lulc_core.classify(BOX, "2021-07-01", source="simulated", resolution_m=10), InputError, "640, 320"),
    ],
)
def test_bad_input_gets_one_clear_sentence(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.fixture(scope="module")
def fine():
    found = lulc_core.search(BOX, *JULY, source="simulated")
    return lulc_core.classify(BOX, max(found, key=lambda a: a.clear_share), source="simulated", resolution_m=160)


def test_a_dataset_lies_where_the_map_lies(fine):
    grid, dataset = fine.land_cover.grid, fine.to_xarray()
    assert dataset.rio.bounds() == pytest.approx(grid.bounds) and dataset.rio.crs.to_epsg() == grid.epsg
    assert np.array_equal(dataset.class_id.values, fine.land_cover.class_ids)
    picked = dataset.probabilities.sel({"class": "Forest"}).values
    assert np.array_equal(picked, fine.land_cover.probabilities[..., CLASS_NAMES.index("Forest")], equal_nan=True)
    dataset.class_id.values[:] = 0  # a copy: the result itself stays as it is
    assert not fine.land_cover.class_ids.flags.writeable


def test_a_frame_has_a_row_for_every_cell_inside(fine):
    grid, frame = fine.land_cover.grid, fine.to_geodataframe()
    assert len(frame) == grid.n_tiles and frame.crs.to_epsg() == grid.epsg
    row = frame.iloc[0]
    (r,), (c,) = (v[:1] for v in np.nonzero(grid.inside))
    class_id = fine.land_cover.class_ids[r, c]
    assert row["tile_id"] == grid.tile_id(r, c) and row.geometry.equals(grid.tile_box(r, c))
    assert row["class"] == (None if class_id == NO_DATA else CLASS_NAMES[class_id])


def test_a_comparison_in_both_forms():
    result = lulc_core.compare(BOX, "2019-07-16", "2021-08-14", source="simulated")
    dataset, frame = result.to_xarray(), result.to_geodataframe()
    assert int(dataset.changed.sum()) == int(frame.counted.sum()) == int(result.change.changed.sum())
    assert list(frame["rank"]) == list(range(1, len(frame) + 1)) and len(frame) == int(result.change.compared.sum())


@pytest.mark.slow
def test_an_installed_copy_works_away_from_the_project(repo_root, tmp_path):
    """Builds the wheel from a copy of the tree and runs it from another folder, as ``lulc`` would."""
    tree = tmp_path / "tree"
    big = shutil.ignore_patterns("resnet50*", "__pycache__")
    shutil.copytree(repo_root / "lulc_core", tree / "lulc_core", ignore=big)
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(repo_root / name, tree)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "-w", str(tmp_path), str(tree)], check=True, capture_output=True, timeout=200)
    (wheel,) = tmp_path.glob("lulc_explorer-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        entry = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "lulc = lulc_core.cli.main:run" in archive.read(entry).decode()
    shipped = {p.relative_to(repo_root).as_posix() for p in (repo_root / "lulc_core").rglob("*") if p.is_file()}
    installed = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    missing = {p for p in shipped - installed if "__pycache__" not in p and "resnet50" not in p}
    assert not missing
    command = "import sys; from lulc_core.cli.main import run; sys.argv[0] = 'lulc'; run()"
    arguments = ["map", "--source", "simulated", "--bbox", "8.80,45.46,8.83,45.48", "--date", "2021-08-14"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments, "--out", "out", "--quiet"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "tiles.geojson").exists() and Path(site, "lulc_core", "library.py").exists()

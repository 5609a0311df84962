"""A user's own areas on the command line: what is asked, what is said, what the development cases answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lulc_core.cli.imagery import area_of
from lulc_core.cli.main import build_parser, main
from lulc_core.cli.request import kept_request
from lulc_core.settings import load_settings
from tests.sources.area_files.test_cases import OF_THE_SQUARE
from tests.sources.area_files.test_kinds import collection, feature, geopackage
from tests.sources.area_files.test_reader import FAR, TRIANGLE

SEARCH = ("search", "--source", "simulated", "--from", "2021-08-01", "--to", "2021-08-10")


def search(capsys: pytest.CaptureFixture[str], aoi: Path | str, *options: str) -> tuple[int, str]:
    code = main([*SEARCH, "--aoi", str(aoi), *options])
    return code, capsys.readouterr().err


def test_of_several_layers_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "project.gpkg"
    path.write_bytes(geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("comuni", [TRIANGLE, FAR], 4326, "Polygon")))
    code, said = search(capsys, path)
    assert code == 2 and "holds 2 layers with polygons: aoi (26.9 km²), comuni (70.7 km²)" in said
    assert "--aoi-layer NAME" in said and said.count("\n") == 1
    code, said = search(capsys, path, "--aoi-layer", "comuni")
    assert code == 0 and "Note: The 2 shapes of project.gpkg count as one area." in said
    assert search(capsys, f"{path}|layername=aoi")[0] == 0
    code, said = search(capsys, path, "--aoi-layer", "nonesuch")
    assert code == 2 and "no layer 'nonesuch' with polygons; it has aoi, comuni" in said
    assert main([*SEARCH, "--bbox", "8.8,45.4,8.9,45.5", "--aoi-layer", "aoi"]) == 2
    assert "--aoi-layer names a layer of a file" in capsys.readouterr().err


def test_the_layer_is_kept_with_the_request() -> None:
    args = build_parser().parse_args(["map", "--aoi", "/a/project.gpkg", "--aoi-layer", "aoi", "--out", "o"])
    kept = kept_request(args, load_settings())
    assert (kept["aoi"], kept["aoi-layer"]) == ("project.gpkg", "aoi")


def test_what_was_left_out_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    path = tmp_path / "field.geojson"
    path.write_text(json.dumps(collection(feature(TRIANGLE), feature(TRIANGLE.centroid))))
    code, said = search(capsys, path)
    assert code == 0 and said.startswith("Note: Only polygons are areas; left out: 1 point.\n")


def test_the_development_cases(shared_data: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    for name in OF_THE_SQUARE:
        assert search(capsys, shared_data(f"../cases/{name}"))[0] == 0, name
    for name in ("A20_geometrycollection.geojson", "with_crs_accepted.geojson"):
        path = shared_data(f"../cases/A20_geojson_geometrycollection/{name}")
        args = build_parser().parse_args([*SEARCH, "--aoi", str(path)])
        assert area_of(args).bbox == pytest.approx((8.80, 45.45, 9.0, 45.52))  # both, not only the first
        assert search(capsys, path)[0] == 0
    args = build_parser().parse_args(
        [*SEARCH, "--aoi", str(shared_data("../cases/A47_geojson_title_of_first_feature/fields.geojson"))]
    )
    assert area_of(args).name == "fields"
    code, said = search(capsys, shared_data("../cases/V09_gpkg_several_layers/progetto.gpkg"))
    assert code == 2 and "aoi (60.8 km²), comuni (521 km²)" in said
    code, said = search(capsys, shared_data("../cases/V03_gpkg_without_crs/V03_crs_undefined_utm.gpkg"))
    assert code == 2 and ".prj" not in said and "Layer CRS" in said

"""The command ``spectrum``: the contract of its JSON, and the file's own numbers in any coordinate system."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import rasterio
from affine import Affine

from lulc_core.cli.main import main
from lulc_core.domain.bands import BAND_NAMES
from tests.sources.raster_files import EAST, NORTH, planes, write_tif

SIMULATED = ("--source", "simulated", "--date", "2021-08-14")


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["spectrum", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_json_keeps_its_contract(capsys):
    code, out, _ = run(capsys, *SIMULATED, "--bbox", "8.845,45.478,8.855,45.482", "--json", "--quiet")
    said = json.loads(out)
    assert code == 0 and said["simulated"] is True
    assert said["level"] == "L1C" and said["satellite"] in ("S2A", "S2B") and said["acquisition"]
    assert said["count"] == pytest.approx(782 * 444 / 100, rel=0.02)  # 782 m x 444 m in pixels of 100 m2
    assert tuple(said["bands"]) == BAND_NAMES
    for figures in said["bands"].values():
        assert set(figures) == {"wavelength_nm", "mean", "std", "p10", "p50", "p90"}
        assert 0 <= figures["p10"] <= figures["p50"] <= figures["p90"] < 1.5
    assert set(said["indices"]) == {"NDVI", "NDWI", "NDBI", "EVI"}
    assert said["attribution"].startswith("SIMULATED")


def test_csv_and_table_say_the_same(capsys):
    place = (*SIMULATED, "--point", "8.85,45.48", "--quiet")
    rows = list(csv.DictReader(io.StringIO(run(capsys, *place, "--csv")[1])))
    said = json.loads(run(capsys, *place, "--json")[1])
    assert [r["band"] for r in rows] == list(said["bands"]) and said["count"] == 1
    for row in rows:
        assert float(row["mean"]) == pytest.approx(said["bands"][row["band"]]["mean"], abs=1e-6)
    table = run(capsys, *place)[1]
    assert "top-of-atmosphere reflectance (L1C)" in table and "NDVI" in table and "(air)" in table


CRS = {
    # EPSG, pixel widths along x and y, upper left corner: the same ground, north-west of Milan
    "same zone, on the lattice": (32632, 10.0, 10.0, EAST, NORTH),
    "same zone, off the lattice": (32632, 10.0, 10.0, EAST + 4.0, NORTH - 3.0),
    "other zone": (32633, 10.0, 10.0, 18_000.0, 5_052_000.0),
    "degrees": (4326, 1.3e-4, 9e-5, 8.849, 45.491),
    "national grid": (3035, 10.0, 10.0, 4_234_000.0, 2_486_000.0),
    "web mercator": (3857, 14.2, 14.2, 985_500.0, 5_700_300.0),
}


@pytest.mark.parametrize("case", CRS)
def test_a_picked_pixel_is_the_files_own_in_any_crs(tmp_path, capsys, case):
    epsg, dx, dy, x0, y0 = CRS[case]
    path = write_tif(
        tmp_path / "own.tif",
        planes(),
        epsg=epsg,
        transform=Affine(dx, 0, x0, 0, -dy, y0),
        tags={"level": "L1C", "date": "2021-08-14"},
    )
    rng = np.random.default_rng(7)
    with rasterio.open(path) as file:
        back = rasterio.warp.transform
        names = file.descriptions
        for _ in range(4):
            x, y = x0 + dx * rng.uniform(12, file.width - 12), y0 - dy * rng.uniform(12, file.height - 12)
            (lon,), (lat,) = back(file.crs, "EPSG:4326", [x], [y])
            code, out, _ = run(capsys, "--image", str(path), "--point", f"{lon!r},{lat!r}", "--json", "--quiet")
            said = json.loads(out)
            own = dict(zip(names, next(file.sample([(x, y)])), strict=True))
            assert code == 0 and said["count"] == 1
            for name, figures in said["bands"].items():
                assert figures["mean"] == pytest.approx(own[name] / 10_000, abs=1e-6), name


def test_a_point_west_of_greenwich_needs_no_equals_sign(capsys):
    code, out, _ = run(capsys, "--source", "simulated", "--point", "-3.7,40.4", "--date", "2021-08-14", "--json")
    assert code in (0, 2) and "expected one argument" not in out
    code, out, _ = run(capsys, "--source", "simulated", "--point", "-3.7,40.4", "--json", "--quiet")
    assert code == 0 and "60 days" in " ".join(json.loads(out)["notes"])


def test_a_cloudy_place_says_so_and_draws_nothing(tmp_path, capsys):
    bands = planes()
    for name in bands:
        bands[name][:, :] = 7000  # bright everywhere, as thick cloud is
    bands["B10"][:, :] = 900
    bands["SCL"] = np.full_like(bands["B02"], 9)
    path = write_tif(tmp_path / "cloud.tif", bands, tags={"level": "L2A", "date": "2021-08-14"})
    code, out, _ = run(capsys, "--image", str(path), "--json", "--quiet")
    said = json.loads(out)
    assert code == 0 and said["count"] == 0 and said["left_out"]["cloudy"] > 0
    assert all(f["mean"] is None for f in said["bands"].values()) and said["indices"] == {}
    assert any("cloud" in n and "no spectrum" in n for n in said["notes"])
    assert "no spectrum" in run(capsys, "--image", str(path), "--quiet")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*SIMULATED, "--point", "8.85"), "LON,LAT"),
        ((*SIMULATED, "--point", "45.48,95"), "no place that Sentinel-2 maps"),
        ((*SIMULATED, "--point", "a,b"), "LON,LAT"),
        ((*SIMULATED, "--point", "8.85,45.48", "--json", "--csv"), "Choose one"),
        ((*SIMULATED,), "No area"),
        (("--point", "8.85,45.48"), "No source"),
    ],
)
def test_bad_input_gets_one_sentence(capsys, arguments, words):
    code, out, err = run(capsys, *arguments)
    assert code == 2 and out == "" and words in err and err.count("\n") == 1

"""Dates of old names and with zones, the offset in fractions, and what is no Sentinel-2 reflectance."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import FileFormatError
from lulc_core.sources.geotiff.inspect import inspect
from lulc_core.sources.geotiff.names import find_moments, read_names
from tests.sources.raster_files import COLS, ROWS, planes, write_tif

OLD = "S2A_OPER_PRD_MSIL1C_PDMC_20160401T101010_R022_V20151101T101112_20151101T101112.SAFE"
OLD_FILE = "S2A_OPER_MSI_L1C_TL_EPA__20160401T100022_A002345_T32TMR_N02.01_B04.jp2"


def test_old_names_hold_the_time_at_which_the_file_was_made(tmp_path: Path) -> None:
    facts = read_names(tmp_path / OLD / "GRANULE" / "IMG_DATA" / OLD_FILE, {})
    assert facts.moments == {datetime(2015, 11, 1, 10, 11, 12, tzinfo=UTC)}
    assert (facts.level, facts.satellite, facts.baseline) == ("L1C", "S2A", "02.01")
    assert facts.product == OLD.removesuffix(".SAFE")
    alone = read_names(tmp_path / OLD_FILE, {})
    assert (alone.moments, alone.made) == (frozenset(), "2016-04-01")
    info = inspect([write_tif(tmp_path / OLD_FILE, planes()["B04"][None], driver="JP2OpenJPEG")])
    question = next(q for q in info.questions if q.key == "date")
    assert info.moment is None and "the day on which the file was made (2016-04-01)" in question.reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-07-16T23:30:00-05:00", "2019-07-17T04:30:00"),
        ("2019-07-16T00:30:00+02:00", "2019-07-15T22:30:00"),
        ("2019-07-16T10:15:59.024Z", "2019-07-16T10:15:59"),
        ("20190716-101559-461", "2019-07-16T10:15:59"),
        ("2019-07-16-00_00", "2019-07-16T00:00:00"),
    ],
)
def test_zones_count_and_minutes_are_read(text: str, moment: str) -> None:
    assert find_moments(text) == {datetime.fromisoformat(moment).replace(tzinfo=UTC)}


@pytest.mark.parametrize(
    ("name", "tags", "day"),
    [
        ("20151204T101112_20160318T145513_T33TUL.tif", {}, "2015-12-04"),
        ("export.tif", {"system:time_start": "1449223872000"}, "2015-12-04"),
        (
            "export.tif",
            {"PRODUCT_URI": "S2A_MSIL1C_20190716T101031_N0208_R022_T32TMR_20190716T121559.SAFE"},
            "2019-07-16",
        ),
    ],
)
def test_names_and_tags_of_other_programs(name: str, tags: dict[str, str], day: str) -> None:
    assert {str(m.date()) for m in read_names(Path(name), tags).moments} == {day}


def surface(*, darkest: int) -> dict[str, np.ndarray]:
    """Red, green and blue of land without the light of the air, DN."""
    rng = np.random.default_rng(7)
    ground = rng.gamma(2, 300, (ROWS, COLS)).clip(0, 1000)
    return {b: (darkest + ground * share).astype(np.uint16) for b, share in zip(RGB, (2.0, 1.2, 0.7), strict=True)}


@pytest.mark.parametrize(("day", "guess"), [("2019-07-16", -0.1), ("2023-07-16", -0.1)])
def test_the_offset_within_fractions_is_found_as_in_dn(tmp_path: Path, day: str, guess: float) -> None:
    plain = write_tif(tmp_path / f"a_{day}_L2A.tif", surface(darkest=120))
    dn = inspect([plain])
    assert (dn.offset, dn.questions) == (0, ())
    layers = {b: ((v + 1000) / 10_000).astype(np.float32) for b, v in surface(darkest=120).items()}
    info = inspect([write_tif(tmp_path / f"b_{day}_L2A.tif", layers)])
    (question,) = info.questions
    assert (question.key, info.offset, question.guess) == ("offset", pytest.approx(guess), pytest.approx(guess))
    assert [round(value, 6) for value, _ in question.options] == [-0.1, 0.0]
    taken_off = info.to_reflectance(layers["B04"])
    np.testing.assert_allclose(taken_off, surface(darkest=120)["B04"] / 10_000, atol=1e-6)


def test_numbers_that_as_dn_would_be_brighter_than_land_are_asked_about(tmp_path: Path) -> None:
    land = surface(darkest=250)
    export = {b: (v * 6.5535).astype(np.uint16) for b, v in land.items()}
    info = inspect([write_tif(tmp_path / "2019-07-16_L2A.tif", export)])
    (question,) = info.questions
    assert (question.key, question.guess) == ("scale", 65535)
    assert "it is not white" in question.reason
    snow = {b: (7000 + v / 8).astype(np.uint16) for b, v in surface(darkest=0).items()}
    snow["B04"][:30] = 2500
    snow["B03"][:30] = 2600
    snow["B02"][:30] = 2700
    assert "scale" not in {q.key for q in inspect([write_tif(tmp_path / "2019-01-16_L2A.tif", snow)]).questions}
    landsat = {b: ((v / 10_000 + 0.2) / 0.0000275).astype(np.uint16) for b, v in land.items()}
    question = next(
        q for q in inspect([write_tif(tmp_path / "2019-07-17_L2A.tif", landsat)]).questions if q.key == "scale"
    )
    assert "Landsat" in question.reason


@pytest.mark.parametrize(
    "name",
    [
        "2019-04-16-00_00_2019-04-16-23_59_Sentinel-2_L2A_False_color.tiff",
        "2019-04-16-00:00_2019-04-16-23:59_Sentinel-2_L1C_SWIR.tiff",
        "T33TUL_20190416T101021_TCI_10m.tif",
        "S2_20190416_true_color.tif",
        "visual.tif",
        "S2_20190416_NDVI.tif",
    ],
)
def test_pictures_and_figures_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = write_tif(tmp_path / name, {b: planes()[b] for b in RGB})
    with pytest.raises(FileFormatError, match=r"by its name, (brightness made for the eye|a figure computed)"):
        inspect([path])
    assert inspect([path], scale=10_000).scale == 10_000, "unless the user says what the numbers mean"


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("LC08_L1TP_191028_20190416_20190423_01_T1_B4.tif", {}),
        ("HLS.L30.T33TUL.2019106T094634.v2.0.B04.tif", {}),
        ("MOD09GA.A2019106.h18v04.tif", {}),
        ("20190416_094634_1032_3B_AnalyticMS_SR.tif", {}),
        ("scene.tif", {"SPACECRAFT_ID": "LANDSAT_8"}),
    ],
)
def test_other_satellites_are_refused_by_name(tmp_path: Path, name: str, tags: dict[str, str]) -> None:
    path = write_tif(tmp_path / name, {b: planes()[b] for b in RGB}, tags=tags)
    with pytest.raises(FileFormatError, match=r"not of Sentinel-2"):
        inspect([path])


def test_harmonised_sentinel_2_of_nasa_is_sentinel_2(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "HLS.S30.T33TUL.2019106T101021.v2.0.B04.tif", planes()["B04"][None])
    assert inspect([path], date="2019-04-16").bands == ("B04",)

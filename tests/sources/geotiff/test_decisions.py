"""Dates of old names and with zones, the offset in fractions, and what is no Sentinel-2 reflectance."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import FileFormatError
from lulc_core.language.words import Words
from lulc_core.sources.geotiff.decisions import UnansweredError
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
        ("2019-07-16 23:30:00 -0500", "2019-07-17T04:30:00"),
        ("2019-07-16T23:30:00-05", "2019-07-17T04:30:00"),
        ("2019-07-16T23:30-05:00", "2019-07-17T04:30:00"),
        ("2019-07-16 00:30 UTC+2", "2019-07-15T22:30:00"),
        ("2019197T101559", "2019-07-16T10:15:59"),
        ("20190716-101559-461", "2019-07-16T10:15:59"),
        ("2019-07-16-00_00", "2019-07-16T00:00:00"),
    ],
)
def test_zones_count_and_minutes_are_read(text: str, moment: str) -> None:
    assert find_moments(text) == {datetime.fromisoformat(moment).replace(tzinfo=UTC)}


@pytest.mark.parametrize("text", ["2019000T101559", "2019366T101559", "2019399T101559"])
def test_a_day_that_no_year_has_is_no_date(text: str) -> None:
    assert not find_moments(text)


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
        ("LC81910282019106LGN00_B4.TIF", {}),
        ("IMG_PHR1A_MS_201904161015.tif", {}),
        ("WV02_20190416_M2AS.tif", {}),
        ("3264623_2019-04-16_RE3_3A_Analytic.tif", {}),
        ("scene.tif", {"SPACECRAFT_ID": "LANDSAT_8"}),
    ],
)
def test_other_satellites_are_refused_by_name(tmp_path: Path, name: str, tags: dict[str, str]) -> None:
    path = write_tif(tmp_path / name, {b: planes()[b] for b in RGB}, tags=tags)
    with pytest.raises(FileFormatError, match=r"not of Sentinel-2"):
        inspect([path])


def test_harmonised_sentinel_2_of_nasa_is_sentinel_2(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "HLS.S30.T33TUL.2019106T101021.v2.0.B04.tif", planes()["B04"][None])
    info = inspect([path])
    assert (info.bands, str(info.moment), info.level) == (("B04",), "2019-04-16 10:10:21+00:00", "L2A")


def test_one_band_of_landsat_is_enough(tmp_path: Path) -> None:
    layers = {name: planes()["B04"] for name in ("SR_B2", "SR_B3", "SR_B4", "QA_PIXEL")}
    with pytest.raises(FileFormatError, match="is of Landsat"):
        inspect([write_tif(tmp_path / "export_2019-07-16.tif", layers)])


@pytest.mark.parametrize(
    ("kind", "factor", "guess"),
    [("float32", 0.01, 100), ("float32", 0.0927, None), ("uint16", 0.0927, None), ("uint16", 0.01, None)],
)
def test_numbers_too_small_for_dn_are_no_dark_water(
    tmp_path: Path, kind: str, factor: float, guess: float | None
) -> None:
    """Per cent, and brightness of 8 bits kept in more."""
    layers = {b: (v * factor).clip(0, 255).astype(kind) for b, v in surface(darkest=120).items()}
    path = write_tif(tmp_path / "2019-07-16_L2A.tif", layers)
    if guess is None:
        with pytest.raises(UnansweredError, match="reach only") as caught:
            inspect([path])
        question = caught.value.question
    else:
        (question,) = inspect([path]).questions
    assert (question.key, question.guess) == ("scale", guess)
    assert inspect([path], scale=100).scale == 100 and 100.0 in dict(question.options)


@pytest.mark.parametrize("one", [10_000, 1])
def test_an_offset_taken_off_twice_is_asked_about(tmp_path: Path, one: float) -> None:
    land = surface(darkest=300)
    layers = {b: ((v.astype(np.float64) - 1000) * one / 10_000).astype(np.float32) for b, v in land.items()}
    (question,) = inspect([write_tif(tmp_path / "2023-07-16_L2A.tif", layers)]).questions
    assert (question.key, question.guess) == ("offset", pytest.approx(0.1 * one))
    assert question.guess in dict(question.options)


def test_the_offset_of_a_tag_may_be_in_dn(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "2023-07-16_L2A.tif", {b: v + 1000 for b, v in surface(darkest=120).items()})
    for offset in (-0.1, -1000.0):
        with rasterio.open(path, "r+") as file:
            file.scales, file.offsets = [1e-4] * 3, [offset] * 3
        assert inspect([path]).offset == pytest.approx(-1000)
    google = write_tif(tmp_path / "S2_SR_HARMONIZED_2023-07-16.tif", surface(darkest=1500))
    info = inspect([google])
    assert (info.offset, info.level, info.questions) == (0, "L2A", ())


ENGLISH = re.compile(r"\b(?:the|of|is|as|and|was|with|its)\b", re.IGNORECASE)


def test_what_is_asked_and_taken_is_said_in_italian(tmp_path: Path) -> None:
    land = surface(darkest=300)
    files = {
        "2019_twice.tif": {b: (v.astype(np.float64) / 1e4 - 0.1).astype(np.float32) for b, v in land.items()},
        "2019_export.tif": {b: (v * 6.5535).astype(np.uint16) for b, v in land.items()},
        "2019_share.tif": {b: (v * 0.01).astype(np.float32) for b, v in land.items()},
        "2019_plain.tif": np.stack([*planes().values()]),
        "2019_four.tif": np.stack([planes()[b] + 1000 for b in ("B02", "B03", "B04", "B08")]),
        "2019_six.tif": np.stack([planes()[b] for b in ("B02", "B03", "B04", "B08", "B11", "B12")]),
    }
    italian = Words("it")
    for name, layers in files.items():
        info = inspect([write_tif(tmp_path / name, layers, pixel_m=20)])
        asked = [text for q in info.questions for text in (q.text, q.reason, *(label for _, label in q.options))]
        for text in (*asked, *info.notes):
            said = italian.spoken(text)
            assert not ENGLISH.search(said.replace("Copernicus Browser", "")), (text, said)


@pytest.mark.parametrize(("pixel_m", "said"), [(3, "finer than Sentinel-2 sees"), (30, "coarser than"), (10, "")])
def test_pixels_of_another_size_are_said(tmp_path: Path, pixel_m: float, said: str) -> None:
    info = inspect([write_tif(tmp_path / "2019-07-16_L2A.tif", surface(darkest=120), pixel_m=pixel_m)])
    assert any(f"Its pixels of {pixel_m} m are" in note and said in note for note in info.notes) == bool(said)

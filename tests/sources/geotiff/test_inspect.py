"""What is found in a file, what is asked, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from lulc_core.domain.bands import BAND_NAMES, EUROSAT_MS_ORDER, L2A_BAND_NAMES, RGB
from lulc_core.domain.errors import FileFormatError, InputError, NoAcquisitionError
from lulc_core.sources.geotiff.band_names import band_of, to_band
from lulc_core.sources.geotiff.names import find_moments, is_day, read_names
from lulc_core.sources.geotiff.source import GeoTiffSource, UnansweredError, inspect
from tests.sources.raster_files import COLS, ROWS, planes, write_tif


def asked(info) -> set[str]:
    return {q.key for q in info.questions}


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("B04", "B04"),
        ("B4", "B04"),
        ("b8a", "B8A"),
        ("B04, central wavelength 665 nm", "B04"),
        ("Sentinel-2 B12 (SWIR)", "B12"),
        ("red", "B04"),
        ("nir", "B08"),
        ("SCL", "SCL"),
        ("B13", None),
        ("B04/B08", None),
        ("NDVI", None),
        ("", None),
        (None, None),
    ],
)
def test_bands_in_descriptions(text: str | None, band: str | None) -> None:
    assert band_of(text) == band


def test_bands_as_users_write_them() -> None:
    assert [to_band(t) for t in ("b4", "8A", "B12", "9", "Red", "scl", "-", " b02 ")] == [
        "B04", "B8A", "B12", "B09", "B04", "SCL", "-", "B02",
    ]  # fmt: skip
    with pytest.raises(InputError, match="'B13' is no Sentinel-2 band"):
        to_band("B13")


@pytest.mark.parametrize(
    ("name", "level", "moment", "satellite", "baseline"),
    [
        ("T32TMR_20190716T101559_B04_10m.jp2", "L2A", "2019-07-16T10:15:59", "", ""),
        ("T32TMR_20190716T101559_B04.jp2", None, "2019-07-16T10:15:59", "", ""),
        ("2019-07-16-00:00_2019-07-16-23:59_Sentinel-2_L1C_B04_(Raw).tiff", "L1C", "2019-07-16", "", ""),
        (
            "S2B_MSIL2A_20220801T102559_N0400_R108_T32TMR_20220801T134559.tif",
            "L2A",
            "2022-08-01T10:25:59",
            "S2B",
            "04.00",
        ),
        ("scene.tif", None, None, "", ""),
        ("box_99999999_20191399.tif", None, None, "", ""),
    ],
)
def test_names_of_files(name: str, level: str | None, moment: str | None, satellite: str, baseline: str) -> None:
    facts = read_names(Path("/somewhere") / name, {})
    assert (facts.level, facts.satellite, facts.baseline) == (level, satellite, baseline)
    expected = {datetime.fromisoformat(moment).replace(tzinfo=UTC)} if moment else set()
    assert facts.moments == expected


def test_a_granule_in_its_product_folder_tells_all(tmp_path: Path) -> None:
    safe = tmp_path / "S2A_MSIL1C_20210716T101031_N0500_R022_T32TMR_20230116T101031.SAFE"
    folder = safe / "GRANULE" / "L1C_T32TMR" / "IMG_DATA"
    folder.mkdir(parents=True)
    bright = {b: np.full((ROWS, COLS), 5000 + i, np.uint16) for i, b in enumerate(RGB)}
    files = [
        write_tif(folder / f"T32TMR_20210716T101031_{b}.jp2", v[None], driver="JP2OpenJPEG") for b, v in bright.items()
    ]
    info = inspect(files)
    assert (info.level, info.satellite, info.baseline) == ("L1C", "S2A", "05.00")
    assert info.moment == datetime(2021, 7, 16, 10, 10, 31, tzinfo=UTC)
    assert "offset" in asked(info), "nothing is dark, and the name alone may be deceived"
    offsets = "".join(f'<RADIO_ADD_OFFSET band_id="{i}">-1000</RADIO_ADD_OFFSET>' for i in range(13))
    (safe / "MTD_MSIL1C.xml").write_text(f"<a><Radiometric_Offset_List>{offsets}</Radiometric_Offset_List></a>")
    info = inspect(files)
    assert info.offset == -1000
    assert not info.questions
    quality = safe / "GRANULE" / "L1C_T32TMR" / "QI_DATA"
    quality.mkdir()
    (quality / "MSK_DETFOO_B04.jp2").write_bytes(b"a mask")
    assert inspect([safe]) == info, "the folder of the product will do"
    other = safe / "GRANULE" / "L1C_T32TMS" / "IMG_DATA"
    other.mkdir(parents=True)
    (other / "T32TMS_20210716T101031_B04.jp2").write_bytes(files[0].read_bytes())
    with pytest.raises(FileFormatError, match="2 granules"):
        inspect([safe])


def test_days_and_times_of_one_day_are_one_moment() -> None:
    assert find_moments("20190716 2019-07-16T10:15:59Z") == {datetime(2019, 7, 16, 10, 15, 59, tzinfo=UTC)}
    assert len(find_moments("20190716_20190718")) == 2


def test_two_dates_in_a_name_are_asked_about(tmp_path: Path) -> None:
    info = inspect([write_tif(tmp_path / "20190716_20190718.tif", planes())])
    (question,) = info.questions
    assert question.key == "date"
    assert [value for value, _ in question.options] == ["2019-07-16", "2019-07-18"]


def test_a_date_that_is_given_and_one_that_is_found(tmp_path: Path) -> None:
    named = write_tif(tmp_path / "T32TMR_20190716T101559.tif", planes())
    info = inspect([named], date="2019-07-16")
    assert info.moment == datetime(2019, 7, 16, 10, 15, 59, tzinfo=UTC) and not is_day(info.moment)
    info = inspect([named], date="2019-07-18")
    assert info.moment == datetime(2019, 7, 18, tzinfo=UTC), "a name may hold any date"
    assert any("as you said; the name of the file holds 2019-07-16" in n for n in info.notes)
    tagged = write_tif(tmp_path / "scene.tif", planes(), tags={"date": "2019-07-16"})
    with pytest.raises(
        NoAcquisitionError, match=r"was taken on 2019-07-16 \(the tag date\), not on 2019-07-18"
    ) as caught:
        inspect([tagged], date="2019-07-18")
    assert [str(d) for d in caught.value.nearest] == ["2019-07-16"]


@pytest.mark.parametrize("order", [EUROSAT_MS_ORDER, BAND_NAMES])
def test_13_nameless_bands_tell_their_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    info = inspect([write_tif(tmp_path / "2019-07-16.tif", planes(order), described=False)])
    assert {layer.band: order[layer.index - 1] for layer in info.layers} == {b: b for b in BAND_NAMES}
    assert not info.questions
    assert any("have no names; taken as" in note for note in info.notes)


@pytest.mark.parametrize("order", [L2A_BAND_NAMES, tuple(b for b in EUROSAT_MS_ORDER if b != "B10")])
def test_12_nameless_bands_tell_their_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    layers = planes(order)
    layers["B12"] = layers["B12"][::-1, ::-1]  # dark elsewhere than the near infrared
    info = inspect([write_tif(tmp_path / "2019-07-16.tif", layers, described=False)])
    assert all(layer.band == order[layer.index - 1] for layer in info.layers)
    assert "bands" not in asked(info)


def test_10_nameless_bands_are_guessed_and_asked_about(tmp_path: Path) -> None:
    order = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
    info = inspect([write_tif(tmp_path / "2019-07-16_L1C.tif", planes(order), described=False)])
    question = next(q for q in info.questions if q.key == "bands")
    assert question.guess == order
    assert info.bands == order


def test_any_other_number_of_nameless_bands_must_be_named(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "2019-07-16_L1C.tif", planes(BAND_NAMES[:5]), described=False)
    with pytest.raises(UnansweredError, match="no usual order has 5 bands") as caught:
        inspect([path])
    assert caught.value.question.key == "bands"
    info = inspect([path], bands=["B01", "b2", "3", "-", "B05"])
    assert [(layer.band, layer.index) for layer in info.layers] == [("B01", 1), ("B02", 2), ("B03", 3), ("B05", 5)]
    with pytest.raises(InputError, match=r"2 bands were named .* holds 5"):
        inspect([path], bands=["B01", "B02"])


def test_one_nameless_band_must_be_named(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "mine.tif", planes(["B04"]), described=False)
    with pytest.raises(InputError, match=r"Which band mine\.tif holds"):
        inspect([path])
    assert inspect([path], bands=["B04"], date="2019-07-16").bands == ("B04",)


def raised(layers: dict[str, np.ndarray], by: int) -> dict[str, np.ndarray]:
    return {b: (v + by).astype(np.uint16) for b, v in layers.items()}


def test_the_cirrus_band_settles_the_offset(tmp_path: Path) -> None:
    tags = {"date": "2019-07-16"}
    out = inspect([write_tif(tmp_path / "out.tif", planes(), tags=tags)])
    kept = inspect([write_tif(tmp_path / "in.tif", raised(planes(), 1000), tags=tags)])
    assert (out.offset, out.questions, out.notes) == (0, (), ())
    assert (kept.offset, kept.questions) == (-1000, ())
    assert "cirrus" in kept.notes[0]


@pytest.mark.parametrize(("by", "offset", "open_"), [(0, 0, False), (1000, -1000, True)])
def test_dark_pixels_tell_where_there_is_no_cirrus_band(tmp_path: Path, by: int, offset: int, open_: bool) -> None:
    path = write_tif(tmp_path / "2019-07-16_L1C.tif", raised(planes(L2A_BAND_NAMES), by))
    info = inspect([path])
    assert info.offset == offset
    assert ("offset" in asked(info)) is open_
    assert "offset" not in asked(inspect([path], offset=offset))


def test_the_light_of_the_air_tells_in_red_green_and_blue(tmp_path: Path) -> None:
    layers = {b: np.full((ROWS, COLS), dn, np.uint16) for b, dn in (("B04", 1500), ("B03", 1400), ("B02", 1300))}
    info = inspect([write_tif(tmp_path / "2019-07-16_L1C.tif", layers)])
    assert (info.offset, info.questions) == (0, ())


def test_bright_ground_leaves_the_offset_open_and_the_date_leans(tmp_path: Path) -> None:
    layers = {b: np.full((ROWS, COLS), 5000 + i, np.uint16) for i, b in enumerate(RGB)}
    for day, offset in (("2019-07-16", 0), ("2023-07-16", -1000)):
        info = inspect([write_tif(tmp_path / f"{day}_L2A.tif", layers)])
        assert info.offset == offset
        question = next(q for q in info.questions if q.key == "offset")
        assert question.guess == offset
        assert {value for value, _ in question.options} == {0.0, -1000.0}
        assert any(note.startswith("Assumed: The offset") for note in info.notes) or not offset


def test_surface_reflectance_is_told_from_dark_blue(tmp_path: Path) -> None:
    layers = planes(L2A_BAND_NAMES)
    tags = {"date": "2019-07-16"}
    top = inspect([write_tif(tmp_path / "top.tif", layers, tags=tags)])
    assert (top.level, asked(top)) == ("L1C", {"level"}), "haze over L2A looks the same: it is asked"
    layers["B01"] = (layers["B01"] * 0.3).astype(np.uint16)
    layers["B02"] = (layers["B02"] * 0.3).astype(np.uint16)
    surface = inspect([write_tif(tmp_path / "surface.tif", layers, tags=tags)])
    assert (surface.level, asked(surface)) == ("L2A", set())


def test_the_scene_classification_of_the_l2a_product_goes_with_l1c_bands(tmp_path: Path) -> None:
    bands = write_tif(tmp_path / "mine.tif", planes(), tags={"date": "2019-07-16", "level": "L1C"})
    classes = np.full((1, ROWS // 2, COLS // 2), 4, np.uint8)
    scl = write_tif(tmp_path / "T32TMR_20190716T101559_SCL_20m.tif", classes, pixel_m=20)
    info = inspect([bands, scl])
    assert (info.level, info.has_scl, info.questions) == ("L1C", True, ())
    assert info.moment == datetime(2019, 7, 16, 10, 15, 59, tzinfo=UTC)
    other = write_tif(tmp_path / "T32TMR_20190716T101559_B01_60m.tif", planes(["B01"])["B01"][None], pixel_m=60)
    with pytest.raises(InputError, match="mix L1C and L2A"):
        inspect([bands, other])


def test_fractions_are_reflectance(tmp_path: Path) -> None:
    layers = {b: (v / 10_000).astype(np.float32) for b, v in planes().items()}
    layers["B04"][5, 5] = np.nan
    source = GeoTiffSource([write_tif(tmp_path / "a_2019-07-16.tif", layers)])
    assert (source.info.scale, source.info.offset, source.info.questions) == (1, 0, ())


def test_16_bit_exports_of_reflectance_are_asked_about(tmp_path: Path) -> None:
    layers = {b: np.clip(v * 6.5535 * 1.5, 0, 65535).astype(np.uint16) for b, v in planes().items()}
    path = write_tif(tmp_path / "a_2019-07-16.tif", layers)
    info = inspect([path])
    assert info.scale == 65535
    assert "scale" in asked(info)
    assert "scale" not in asked(inspect([path], scale=65535))


def test_names_of_the_copernicus_browser_tell_the_scale_of_dark_scenes(tmp_path: Path) -> None:
    files = []
    for band, dn in planes(RGB).items():
        name = f"2019-07-16-00:00_2019-07-16-23:59_Sentinel-2_L1C_{band}_(Raw).tiff"
        files.append(write_tif(tmp_path / name, (dn * 6.5535).astype(np.uint16)[None]))
    info = inspect(files)
    assert (info.scale, info.offset, info.bands) == (65535, 0, ("B02", "B03", "B04"))
    assert asked(info) == {"scale"}


def test_scale_and_offset_written_in_the_file_are_believed(tmp_path: Path) -> None:
    import rasterio

    path = write_tif(tmp_path / "a_2019-07-16_L2A.tif", raised(planes(RGB), 1000))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.0001,) * 3, (-0.1,) * 3
    info = inspect([path])
    assert (info.scale, info.offset, asked(info)) == (10_000, pytest.approx(-1000), set())


def png(path: Path) -> bytes:
    from PIL import Image

    Image.new("RGB", (9, 7)).save(path, "PNG")
    return path.read_bytes()


def test_things_that_are_no_raster_are_named_for_what_they_are(tmp_path: Path) -> None:
    cases = {
        b"": "is empty",
        b"hello": "is something else",
        png(tmp_path / "p.png"): "is a PNG picture",
        b"<VRTDataset rasterXSize='9'></VRTDataset>": "virtual file",
        b"PK\x03\x04rest": "is a ZIP archive",
        b"%PDF-1.7": "is a PDF",
        b"II*\x00" + b"\x00" * 50: "damaged or incomplete",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\x00" * 50: "damaged or incomplete",
    }
    for number, (content, words) in enumerate(cases.items()):
        path = tmp_path / f"{number}.tif"
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=words):
            inspect([path])


@pytest.mark.parametrize(
    "address",
    [
        "/vsicurl/https://example.com/a.tif",
        "https://example.com/a.tif",
        "/vsizip/a.zip/a.tif",
        "GTIFF_DIR:1:a.tif",
        "missing.tif",
    ],
)
def test_only_files_on_this_machine_are_opened(address: str) -> None:
    with pytest.raises(FileFormatError, match="There is no file"):
        inspect([address])


def test_a_folder_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="is a folder without band files"):
        inspect([tmp_path])
    with pytest.raises(InputError, match="No image file"):
        inspect([])


@pytest.mark.parametrize("options", [{}, {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"}])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_half_a_file_is_refused(tmp_path: Path, options: dict, share: float) -> None:
    whole = write_tif(tmp_path / "whole_2019-07-16.tif", planes(rows=260, cols=180), **options)
    half = tmp_path / "half_2019-07-16.tif"
    half.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    with pytest.raises(FileFormatError, match=r"half_2019-07-16\.tif is damaged or incomplete"):
        inspect([half])


def test_half_a_jpeg_2000_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(500, 3000, (1, 260, 180)).astype(np.uint16)
    whole = write_tif(tmp_path / "x_B04.jp2", noise, driver="JP2OpenJPEG")
    half = tmp_path / "half_B04.jp2"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(FileFormatError, match="damaged or incomplete"):
        inspect([half])


def test_files_that_are_no_sentinel_2(tmp_path: Path) -> None:
    dn = planes(RGB)
    cases = {
        "no coordinate system": write_tif(tmp_path / "1.tif", dn, epsg=None),
        "8 bits a pixel": write_tif(tmp_path / "2.tif", {b: (v / 10).astype(np.uint8) for b, v in dn.items()}),
        "every pixel is no-data": write_tif(tmp_path / "3.tif", {b: v * 0 for b, v in dn.items()}),
        "pixels of 4.tif are 300 m": write_tif(tmp_path / "4.tif", dn, pixel_m=300),
        "coordinate system": write_tif(tmp_path / "5.tif", dn, epsg=4326),
        "coordinate system written": write_tif(
            tmp_path / "6.tif", dn, epsg=32632, transform=Affine(1e-4, 0, 8.8, 0, -1e-4, 45.5)
        ),
        "complex": write_tif(tmp_path / "7.tif", {b: v.astype(np.complex64) for b, v in dn.items()}),
    }
    for words, path in cases.items():
        with pytest.raises(FileFormatError) as caught:
            inspect([path])
        assert words in str(caught.value), path


def test_an_answer_must_be_possible(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", planes())
    with pytest.raises(InputError, match="there are L1C and L2A"):
        inspect([path], level="L3")
    with pytest.raises(InputError, match="above 0"):
        inspect([path], scale=0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_flipped_bytes_never_bring_out_a_foreign_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    files = [
        write_tif(tmp_path / "a.tif", planes(RGB, rows=60, cols=40)),
        write_tif(tmp_path / "b.tif", planes(RGB, rows=60, cols=40), tiled=True, blockxsize=16, blockysize=16),
        write_tif(tmp_path / "c_B04.jp2", planes(["B04"], rows=60, cols=40), driver="JP2OpenJPEG"),
    ]
    outcomes = set()
    for number in range(120):
        path = files[number % 3]
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice([1, 3, 10])):
            data[rng.integers(min(len(data), 900))] = rng.integers(256)
        flipped = tmp_path / f"flipped_B04{path.suffix}"
        flipped.write_bytes(data)
        try:
            source = GeoTiffSource([flipped], level="L1C", date="2019-07-16", offset=0)
            source.footprint()
            outcomes.add("read")
        except InputError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}

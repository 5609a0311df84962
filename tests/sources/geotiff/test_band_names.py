"""Which band a name means, alone and beside others; and the order that marked colours and numbers tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from lulc_core.sources.geotiff.band_names import band_of, band_of_file, bands_of
from lulc_core.sources.geotiff.decisions import UnansweredError
from lulc_core.sources.geotiff.inspect import inspect
from tests.sources.raster_files import planes, write_tif

NAME = "2019-07-16_L1C.tif"


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("Band 4 - Red", "B04"),
        ("Band 8A - Vegetation red edge", "B8A"),
        ("Band 8A - NIR 2", "B8A"),
        ("Band 10 - SWIR - Cirrus", "B10"),
        ("Band 1 - Blue", "B02"),
        ("Band 5 - NIR", "B08"),
        ("nbart_red", "B04"),
        ("nbart_coastal_aerosol", "B01"),
        ("nir_narrow", "B8A"),
        ("swir_16", "B11"),
        ("rededge071", "B05"),
        ("Red Edge 1 (705nm)", "B05"),
        ("Near Infra-Red (NIR)", "B08"),
        ("B04: 665.0 Nanometers", "B04"),
        ("664.6 nm", "B04"),
        ("0.842 um", "B08"),
        ("B4_median", "B04"),
        ("red_mean", "B04"),
        ("S2A_20190416_red", "B04"),
        ("T33TUL_20190416T101559_B04_10m", "B04"),
        ("TOC-B04_10M", "B04"),
        ("Scene classification map", "SCL"),
        ("SR_B4", None),
        ("QA60", None),
        ("alpha", None),
        ("10980 nm", None),
        ("rededge", None),
    ],
)
def test_names_of_many_programs(text: str, band: str | None) -> None:
    assert band_of(text) == band


@pytest.mark.parametrize(
    ("texts", "bands"),
    [
        ("blue green red nir swir1 swir2", "B02 B03 B04 B08 B11 B12"),
        ("nbart_nir_1 nbart_nir_2 nbart_swir_2 nbart_swir_3", "B08 B8A B11 B12"),
        (
            "BLUE GREEN RED REDEDGE1 REDEDGE2 REDEDGE3 BROADNIR NIR SWIR1 SWIR2",
            "B02 B03 B04 B05 B06 B07 B08 B8A B11 B12",
        ),
        ("blue rededge rededge rededge nir swir swir", "B02 B05 B06 B07 B08 B11 B12"),
        ("rosso verde blu", "B04 B03 B02"),
        ("Rot Grün Blau Nahes_Infrarot", "B04 B03 B02 B08"),
        ("rouge vert bleu proche-infrarouge", "B04 B03 B02 B08"),
        ("R G B N", "B04 B03 B02 B08"),
        ("R X B", "- - -"),
        ("B2 B3 B4 B8", "B02 B03 B04 B08"),
        ("B1 B2 B3 B4 B5 B6 B7 B8 B8A", "B01 B02 B03 B04 B05 B06 B07 B08 B8A"),
        ("B1 B2 B3 B4", "- - - -"),  # merely places
        ("B1 B2 B3 B4 B5 B6", "- - - - - -"),
        ("B1 B2 B3 B4 B5", "B01 B02 B03 B04 B05"),
        ("band_1 band_2 band_3", "- - -"),
    ],
)
def test_names_beside_each_other(texts: str, bands: str) -> None:
    assert bands_of(texts.split()) == [None if b == "-" else b for b in bands.split()]


@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("S2_20190416_red.tif", "B04"),
        ("S2_2019-04-16_red_edge_1.tif", "B05"),
        ("ga_s2am_nbart_3-2-1_55HFA_2019-04-16_final_band04.tif", "B04"),
        ("ga_s2am_nbart_swir_2.tif", "B11"),
        ("SENTINEL2A_20190416-101559-461_L2A_T33TUL_C_V2-2_FRE_B8A.tif", "B8A"),
        ("Red_River.tif", None),
        ("infra_red.tif", None),
        ("LC09_L2SP_191028_20230416_20230417_02_T1_SR_B2.TIF", None),
    ],
)
def test_names_of_files_of_one_band(name: str, band: str | None) -> None:
    assert band_of_file(Path(name)) == band


def test_numbers_of_bands_are_believed_if_the_fourth_is_red(tmp_path: Path) -> None:
    colours = {"B02": planes()["B02"], "B03": planes()["B03"], "B04": planes()["B04"]}
    fields = np.random.default_rng(3).gamma(4, 90, colours["B04"].shape)
    for band, share in (("B02", 0.6), ("B03", 0.9), ("B04", 1.1)):
        colours[band] = (350 + share * fields).astype(np.uint16)
    near = (3500 - 2 * fields).clip(300).astype(np.uint16)
    of_esa = [planes()["B01"], *colours.values(), planes()["B05"], near]
    of_places = [*colours.values(), near, planes()["B11"], planes()["B12"]]
    for n in (6, 5):
        for layers, is_esa in ((of_esa, True), (of_places, False)):
            path = write_tif(tmp_path / NAME, {f"B{i + 1}": layers[i] for i in range(n)})
            if n == 5 and not is_esa:
                with pytest.raises(UnansweredError, match="B4 is not red"):
                    inspect([path])
                continue
            info = inspect([path])
            asked = [q.key for q in info.questions if q.key == "bands"]
            assert {x.index: x.band for x in info.layers}[3] == ("B03" if is_esa else "B04")
            assert asked == (["bands"] if n == 6 else [])


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    layers = planes()
    path = write_tif(tmp_path / NAME, {"red": layers["B04"], "green": layers["B03"], "QA60": layers["B11"]})
    info = inspect([path])
    assert info.bands == ("B03", "B04")
    assert f"Left out of {NAME}: band 3 (QA60); no band of Sentinel-2 is known by that name." in info.notes


def coloured(path: Path, layers: dict, *colours: str) -> Path:
    write_tif(path, layers, described=False)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp[c] for c in colours]
    return path


def test_marked_colours_are_believed_unless_the_numbers_speak_against_them(tmp_path: Path) -> None:
    layers = planes()
    layers["B04"] = np.where(layers["B08"] < 1000, 1200, layers["B04"]).astype(np.uint16)  # red differs most
    for bands in (("B04", "B03", "B02", "B08"), ("B02", "B03", "B04", "B08")):
        path = coloured(tmp_path / NAME, {b: layers[b] for b in bands}, "red", "green", "blue", "undefined")
        info = inspect([path])
        assert {x.index: x.band for x in info.layers} == {1: "B04", 2: "B03", 3: "B02", 4: "B08"}
        assert any("so the file marks their colours" in note for note in info.notes)
        assert bool(info.questions) == (bands[0] == "B02")
    five = {b: layers[b] for b in ("B08", "B04", "B03", "B11", "B02")}
    path = coloured(tmp_path / NAME, five, "nir", "red", "green", "gray", "blue")
    info = inspect([path])
    assert {x.index: x.band for x in info.layers} == {1: "B08", 2: "B04", 3: "B03", 5: "B02"}
    assert any("(left out)" in note for note in info.notes)


@pytest.mark.parametrize("offset", [0, 1000])
def test_twelve_bands_with_the_cirrus_band_and_without_b8a(tmp_path: Path, offset: int) -> None:
    order = [f"B{i:02d}" for i in range(1, 13)]
    layers = {b: planes()[b] + np.uint16(offset) for b in order}
    info = inspect([write_tif(tmp_path / "2019-07-16.tif", layers, described=False)])
    assert {x.index: x.band for x in info.layers} == dict(enumerate(order, start=1))
    assert (info.level, info.offset, info.questions) == ("L1C", -offset, ())

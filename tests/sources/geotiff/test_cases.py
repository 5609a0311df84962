"""Files of the kinds that public bug reports tell of: what the cases beside the development data say is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lulc_core.domain.errors import FileFormatError
from lulc_core.sources.geotiff.inspect import inspect

Cases = Callable[[str], Path]


@pytest.mark.parametrize(
    ("case", "fill"),
    [("R03_fill_-9999_float", -9999), ("R04_fill_-10000_int16", -10000), ("R05_fill_65535_uint16", 65535)],
)
def test_fill_values_without_a_tag(shared_case: Cases, case: str, fill: float) -> None:
    (file,) = shared_case(case).glob("*.tif")
    info = inspect([file])
    assert all(layer.fills == (fill,) for layer in info.layers)
    assert info.scale == (1 if "float" in case else 10_000)
    assert not info.questions


def test_the_offset_in_fractions_is_asked_about_and_taken_off(shared_case: Cases) -> None:
    info = inspect([shared_case("O07_float_offset_still_in") / "S2_20230416_L2A.tif"])
    assert info.offset == pytest.approx(-0.1)
    assert [q.key for q in info.questions] == ["offset"]


def test_old_product_names(shared_case: Cases) -> None:
    (folder,) = (p for p in shared_case("S03_old_safe_name").iterdir() if p.is_dir())
    assert inspect([folder]).moment == datetime(2015, 12, 4, 10, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("case", "order"),
    [
        ("R11_names_swir1_swir2", "B02 B03 B04 B08 B11 B12"),
        ("R15_colorinterp_rgb_nir", "B04 B03 B02 B08"),
        ("R18_12_bands_with_cirrus", "B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12"),
        ("R23_names_Band_4_-_Red", "B04 B03 B02 B08"),
    ],
)
def test_the_order_of_bands_that_the_file_states(shared_case: Cases, case: str, order: str) -> None:
    (file,) = shared_case(case).glob("*.tif")
    info = inspect([file])
    assert {layer.index: layer.band for layer in info.layers} == dict(enumerate(order.split(), start=1))
    assert not info.questions


def test_what_is_no_reflectance(shared_case: Cases) -> None:
    with pytest.raises(FileFormatError, match="brightness made for the eye"):
        inspect([*shared_case("C04_true_color_16bit").glob("*.tiff")])
    with pytest.raises(FileFormatError, match="is of Landsat, not of Sentinel-2"):
        inspect([*shared_case("L01_landsat9").glob("*.TIF")])
    info = inspect([*shared_case("C06_raw16_renamed").glob("*.tiff")])
    assert info.scale == 65535 and "scale" in {q.key for q in info.questions}

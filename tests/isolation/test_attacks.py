"""Files made to do harm, each read in a child: one sentence within ten seconds, and nothing of it in this process."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from benchmarks.hostile_files import area_files, picture_files, raster_files
from lulc_core.domain.errors import FileFormatError, LulcError
from lulc_core.sources.area_files.reader import read_area_file, read_area_path
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.picture import load_picture
from lulc_core.training.eurosat import decode_patches

WITHIN_S = 10
HARMLESS = {
    "GeoJSON named with half a character",
    "GeoJSON with half a character in its name",
    "GeoJSON named with a zero byte",
    "LZMA zip",
    "zip with half a character in a name",
    "TIFF of 38,000 x 38,000 at 1 m",
    "TIFF with tags of 5,000 digits",
    "TIFF with a scale of 1e300",
}
"""Odd, but an area or a raster all the same."""
SAID = {
    "WKT nested 20,000 deep": "nested too deeply",
    "WKT of curves": "curved outlines",
    "KML with 60 kB of blanks": "malformed coordinates",
    "KML with 100 kB of blanks in a number": "malformed coordinates",
    "KML with 300,000 nested placemarks": "nested too deeply",
    "JSON that is a program of GDAL": "not a shape of GeoJSON",
    "LZMA zip that is damaged": "damaged or incomplete",
    "zip with a damaged .prj": "coordinate system",
    "zip with a .prj that names grids": "coordinate system",
    "GeoPackage with an endless view": "holds views",
    "GeoPackage whose table of contents never ends": "holds views",
    "GeoPackage with blobs of 90 MB": "holds views",
    "GeoPackage with 3,000 views as layers": "holds views",
    "GeoPackage with 5,000 copies of 50,000 points": "holds views",
    "GeoPackage with 300 layers": "more than 200 layers",
    "GeoPackage in a system with grids": "coordinate system",
    "zip with 5,000 copies of 50,000 points": "vertices",
    "TIFF of 60,000 x 60,000 in one strip": "blocks of 60,000 x 60,000",
    "TIFF with tiles of 65,536 pixels": "blocks of 65,536 x 65,536",
    "TIFF with 65,000 bands": "65,000 bands",
    "TIFF in a system with grids": "coordinate system",
    "virtual file": "virtual file",
}
"""What the sentence must name, where there is one way to say it."""


@pytest.fixture(autouse=True)
def a_child_that_waits():
    """Its start is no part of what is measured."""
    with pytest.raises(LulcError):
        read_area_file(b"", "a.wkt")


def outcome(kind: str, read) -> object:
    """What reading gives, within the time; its sentence can be shown, and does not say that the reader broke."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        given = read()
    except LulcError as error:
        given = error
    assert time.monotonic() - started < WITHIN_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB of memory in this process"
    if kind in HARMLESS:
        assert not isinstance(given, LulcError), given
        return given
    assert isinstance(given, LulcError), f"{kind} was taken for good: {given}"
    str(given).encode()
    assert SAID.get(kind, "") in given.message
    assert ("breaks the program" not in given.message and "more than" not in given.message) or kind in SAID
    return given


@pytest.mark.parametrize("kind", area_files())
def test_areas(kind):
    name, make = area_files()[kind]
    data = make()
    outcome(kind, lambda: read_area_file(data, name))


@pytest.mark.parametrize("kind", raster_files())
def test_rasters(kind, tmp_path):
    name, make = raster_files()[kind]
    (tmp_path / name).write_bytes(make())

    def read() -> float:
        return GeoTiffSource([tmp_path / name], date="2021-07-16").footprint().area_km2

    outcome(kind, read)


@pytest.mark.parametrize("kind", picture_files())
def test_pictures(kind):
    data = picture_files()[kind][1]()
    outcome(kind, lambda: load_picture(data))


def test_patches_of_a_copy_of_eurosat_name_their_driver():
    virtual = raster_files()["virtual file"][1]()
    for bands in ("rgb", "all"):
        with pytest.raises(FileFormatError, match="Forest_1 is no readable"):
            decode_patches([virtual], ["Forest_1"], bands)


@pytest.mark.parametrize("what", ["/dev/zero", "/proc/self/environ", "/proc/kmsg", "a pipe", "a link to /proc"])
def test_no_file_as_an_area(what, tmp_path):
    path = tmp_path / "a.geojson"
    if what == "a pipe":
        os.mkfifo(path)
    else:
        target = what if what.startswith("/") else "/proc/self/environ"
        if not Path(target).exists():
            pytest.skip(f"no {target} here")
        path.symlink_to(target)
    started = time.monotonic()
    with pytest.raises(FileFormatError) as caught:
        read_area_path(path)
    assert time.monotonic() - started < WITHIN_S
    assert "is no file, but a pipe or a device" in caught.value.message or "is empty" in caught.value.message

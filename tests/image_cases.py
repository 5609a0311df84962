"""Files of one's own of the kinds that public bug reports tell of: made here, or found beside the development data.

Each is read as it is, and once more written plainly: named bands, DN, 0 where there is no measurement. Both must give
one map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.warp import transform_bounds

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.model.classifier import load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.simulation.source import SimulatedSource
from tests.sources.raster_files import write_tif

SIDE = 128
"""Four tiles."""
OLD_PRODUCT = "S2A_OPER_PRD_MSIL1C_PDMC_20160401T101010_R022_V20151101T101112_20151101T101112.SAFE"
OLD_DAY = "2015-11-01"
COLOURS = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.undefined)
BGR = "B02 B03 B04"
TWELVE = "B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12"


def ground(bands: str, *, darkest: int = 0) -> dict[str, NDArray[np.float64]]:
    """DN of simulated land; with ``darkest`` of land without the light of the air."""
    if darkest:
        share = {"B04": 2.0, "B03": 1.2, "B02": 0.7}
        land = np.random.default_rng(7).gamma(2, 300, (SIDE, SIDE)).clip(0, 1000)
        return {b: darkest + land * share[b] for b in bands.split()}
    return {b: simulated()[b].copy() for b in bands.split()}


@cache
def simulated() -> dict[str, NDArray[np.float64]]:
    """DN of two by two tiles near Mesero."""
    aoi = Aoi.from_bbox(8.8520, 45.4800, 8.8655, 45.4895)
    source, day = SimulatedSource(), date(2019, 7, 16)
    (acquisition,) = source.search(aoi, day, day)
    scene = source.load(acquisition, BAND_NAMES, TileGrid.from_aoi(aoi))
    return {b: np.rint(v * 10_000).astype(np.float64) for b, v in zip(scene.bands, scene.reflectance, strict=True)}


def half_filled(name: str, bands: str, kind: str, fill: float) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        layers = ground(bands)
        for values in layers.values():
            values *= 1e-4 if kind == "float32" else 1
            values[:, : SIDE // 2] = fill
        write_tif(folder / name, {b: v.astype(kind) for b, v in layers.items()})

    return make


def named(
    name: str, bands: str, texts: Sequence[str] = (), colours: Sequence[ColorInterp] = ()
) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        layers = {b: v.astype(np.uint16) for b, v in ground(bands).items()}
        path = write_tif(folder / name, np.stack([*layers.values()]))
        with rasterio.open(path, "r+") as file:
            for i, text in enumerate(texts, 1):
                file.set_band_description(i, text)
            if colours:
                file.colorinterp = colours

    return make


def raw_16_bits(folder: Path) -> None:
    for band, values in ground(BGR, darkest=250).items():
        write_tif(folder / f"{band}.tiff", (values * 6.5535).astype(np.uint16)[None])


def offset_still_in(folder: Path) -> None:
    layers = {b: ((v + 1000) / 10_000).astype(np.float32) for b, v in ground(BGR, darkest=120).items()}
    write_tif(folder / "S2_20230716_L2A.tif", layers)


def old_product(folder: Path) -> None:
    granule = "S2A_OPER_MSI_L1C_TL_EPA__20160401T100022_A002345_T32TMR"
    place = folder / OLD_PRODUCT / "GRANULE" / f"{granule}_N02.01" / "IMG_DATA"
    place.mkdir(parents=True)
    for band, values in ground(BGR).items():
        write_tif(place / f"{granule}_{band}.jp2", values.astype(np.uint16)[None], driver="JP2OpenJPEG")


def for_the_eye(folder: Path) -> None:
    name = "2019-07-16-00_00_2019-07-16-23_59_Sentinel-2_L2A_True_color.tiff"
    write_tif(folder / name, np.stack([v.astype(np.uint16) * 16 for v in ground("B04 B03 B02").values()]))


def landsat(folder: Path) -> None:
    for number, values in zip((2, 3, 4), ground(BGR).values(), strict=True):
        name = f"LC09_L2SP_191028_20230716_20230717_02_T1_SR_B{number}.TIF"
        write_tif(folder / name, values[None, :43, :43].astype(np.uint16) + 8000, pixel_m=30)


@dataclass(frozen=True)
class Case:
    """A kind of file and what is right for it."""

    folder: str
    """Beside the development data."""
    make: Callable[[Path], None]
    """Makes files of the kind in a folder."""
    bands: str
    """In the order of the file or files."""
    fill: float | None = None
    """Of the left half."""
    to_dn: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda values: values
    asked: Mapping[str, Any] = field(default_factory=dict)
    """What is left open, and the answer that is proposed."""
    day: str = ""
    """To be given where the files do not say it."""
    level: str = "L2A"

    def __str__(self) -> str:
        return self.folder.partition("_")[0]


L2A = "S2_20190716_L2A.tif"
THEIA = "SENTINEL2A_20190716-101559-461_L2A_T32TMR_C_V2-2_FRE_STACK.tif"
STAC_NAMES = ("Band 4 - Red", "Band 3 - Green", "Band 2 - Blue", "Band 8 - NIR")
CASES = (
    Case(
        "R03_fill_-9999_float",
        half_filled(L2A, BGR, "float32", -9999),
        BGR,
        -9999,
        lambda v: v * 1e4,
    ),
    Case("R04_fill_-10000_int16", half_filled(THEIA, "B02 B03 B04 B08", "int16", -10000), "B02 B03 B04 B08", -10000),
    Case("R05_fill_65535_uint16", half_filled(L2A, "B02 B03 B04 B08", "uint16", 65535), "B02 B03 B04 B08", 65535),
    Case(
        "R11_names_swir1_swir2",
        named(L2A, "B02 B03 B04 B08 B11 B12", ("blue", "green", "red", "nir", "swir1", "swir2")),
        "B02 B03 B04 B08 B11 B12",
    ),
    Case("R15_colorinterp_rgb_nir", named(L2A, "B04 B03 B02 B08", colours=COLOURS), "B04 B03 B02 B08"),
    Case("R18_12_bands_with_cirrus", named("S2A1C_20190716_065_aoi_TOA.tif", TWELVE), TWELVE, level="L1C"),
    Case("R23_names_Band_4_-_Red", named(L2A, "B04 B03 B02 B08", STAC_NAMES), "B04 B03 B02 B08"),
    Case(
        "C06_raw16_renamed",
        raw_16_bits,
        BGR,
        to_dn=lambda v: v / 6.5535,
        asked={"scale": 65535, "date": None},
        day="2019-07-16",
    ),
    Case(
        "O07_float_offset_still_in",
        offset_still_in,
        BGR,
        to_dn=lambda v: v * 1e4 - 1000,
        asked={"offset": -0.1},
    ),
)
REFUSED = (
    ("C04_true_color_16bit", for_the_eye, "brightness made for the eye, from which reflectance cannot be told"),
    ("L01_landsat9", landsat, "is of Landsat, not of Sentinel-2"),
)


def image_files(folder: Path) -> list[Path]:
    """The files of a case, without what they are to be compared with."""
    endings = {".tif", ".tiff", ".jp2"}
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings and "_reference" not in p.name)


def outline(files: Sequence[Path]) -> tuple[float, float, float, float]:
    """W, S, E, N of a file, so much inside that no further tile is touched."""
    with rasterio.open(files[0]) as file:
        west, south, east, north = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
    hair = (east - west) / 25
    return west + hair, south + hair, east - hair, north - hair


def plain_map(case: Case, files: Sequence[Path], folder: Path) -> LandCoverMap:
    """The map of the same measurements, written so that nothing is left open."""
    layers = []
    for path in files:
        with rasterio.open(path) as file:
            transform, crs = file.transform, file.crs
            layers += [values.astype(np.float64) for values in file.read()]
    missing = [values == case.fill for values in layers]
    dn = [np.where(m, 0, np.rint(case.to_dn(v))).clip(0, 65535) for v, m in zip(layers, missing, strict=True)]
    folder.mkdir()
    path = write_tif(
        folder / "plain.tif",
        dict(zip(case.bands.split(), (v.astype(np.uint16) for v in dn), strict=True)),
        epsg=crs.to_epsg(),
        transform=transform,
    )
    day = case.day or "2019-07-16"
    source = GeoTiffSource([path], level="L1C" if case.level == "L1C" else "L2A", offset=0, scale=10_000, date=day)
    aoi = Aoi.from_bbox(*outline(files))
    (acquisition,) = source.search(aoi, *[source.info.moment.date()] * 2)
    return classify(source, acquisition, TileGrid.from_aoi(aoi), network()).tiles


@cache
def network() -> Any:
    """The shipped one."""
    return load_classifier()


def assert_right(case: Case, found: LandCoverMap, right: LandCoverMap) -> None:
    """The left half of a filled file is no data, and all else is named as from the plain file."""
    assert found.acquisition.level == case.level
    assert set(found.acquisition.available_bands) == {*case.bands.split()}
    np.testing.assert_array_equal(found.class_ids, right.class_ids)
    np.testing.assert_array_equal(found.flags, right.flags)
    np.testing.assert_allclose(found.probabilities, right.probabilities, atol=0.03)
    empty = (found.flags & TileFlag.NO_DATA) > 0
    if case.fill is not None:
        assert empty[:, : empty.shape[1] // 2].all() and not empty[:, empty.shape[1] // 2 :].any()
    assert found.classified.any() or case.fill is None

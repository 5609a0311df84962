"""What names and metadata of L1C products say: tile, sensing time, baseline, offset, footprint, files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import ServiceError
from lulc_core.domain.radiometry import QUANTIFICATION

_COMPACT = re.compile(r"(S2[A-Z])_MSIL1C_(\d{8}T\d{6})_N(\d{2})(\d{2})_R(\d{3})_T(\d{2}[A-Z]{3})_(\d{8}T\d{6})")
_OLD = re.compile(r"(S2[A-Z])_OPER_PRD_MSIL1C_PDMC_(\d{8}T\d{6})_R(\d{3})_V(\d{8}T\d{6})_(\d{8}T\d{6})")
_FIXED_ORDER = (*(f"B{i:02d}" for i in range(1, 9)), "B8A", "B09", "B10", "B11", "B12")
"""Bands by ``band_id`` 0 to 12. Source: ESA product metadata."""


@dataclass(frozen=True)
class Product:
    """A product of the bucket, as far as its name tells."""

    name: str
    """Without ``.SAFE``."""
    path: str
    """Its folder in the bucket, with a slash at the end."""
    tile: str
    satellite: str
    sensing: datetime
    baseline: str
    """``05.00``; empty for names of 2015 and 2016."""
    made: str
    """When it was made, as the name has it; the later of two equals wins."""


def product_of(path: str, tile: str) -> Product | None:
    """Read a product's folder, such as ``tiles/32/T/MR/S2A_MSIL1C_....SAFE/``; None where it is no L1C product."""
    name = path.rstrip("/").rpartition("/")[2].removesuffix(".SAFE")
    found = _COMPACT.fullmatch(name)
    if found:
        satellite, sensing, baseline, made = found[1], found[2], f"{found[3]}.{found[4]}", found[7]
    else:
        found = _OLD.fullmatch(name)
        if not found:
            return None
        satellite, sensing, baseline, made = found[1], found[4], "", found[2]
    when = datetime.strptime(sensing, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return Product(name, path, tile, satellite, when, baseline, made)


def newest_first(products: list[Product]) -> list[Product]:
    """Sort products of one granule and overpass by how well they were made: the newest baseline first."""
    return sorted(products, key=lambda p: (p.baseline, p.made), reverse=True)


@dataclass(frozen=True)
class Metadata:
    """What ``MTD_MSIL1C.xml`` says."""

    baseline: str
    offsets: dict[str, int]
    """Added to DN, by band; 0 where the metadata name none."""
    offset_named: bool
    """True where the metadata have offsets; False where they have none, and none is needed."""
    quantification: float
    cloud_cover_pct: float | None
    footprint: Any
    """shapely geometry in longitude and latitude; None where it is not given or cannot be used."""
    sensing: datetime | None


def parse_metadata(data: bytes, product: str) -> Metadata:
    """Read a product's metadata.

    Args:
        data: of ``MTD_MSIL1C.xml``.
        product: its name, for the error.

    Raises:
        ServiceError: it is no such metadata.
    """
    root = parse_xml(data, f"The metadata of {product}")

    def text(tag: str) -> str:
        found = next((e for e in root.iter() if _local(e) == tag and e.text and e.text.strip()), None)
        return "" if found is None else (found.text or "").strip()

    try:
        offsets = dict.fromkeys(BAND_NAMES, 0)
        named = [e for e in root.iter() if _local(e) == "RADIO_ADD_OFFSET"]
        for element in named:
            offsets[_FIXED_ORDER[int(element.attrib["band_id"])]] = round(float(element.text or ""))
        quantification = float(text("QUANTIFICATION_VALUE") or QUANTIFICATION)
        cover = text("Cloud_Coverage_Assessment")
        sensing = text("PRODUCT_START_TIME")
        return Metadata(
            baseline=text("PROCESSING_BASELINE"),
            offsets=offsets,
            offset_named=bool(named),
            quantification=quantification,
            cloud_cover_pct=min(max(float(cover), 0.0), 100.0) if cover else None,
            footprint=_footprint(text("EXT_POS_LIST")),
            sensing=datetime.fromisoformat(sensing.replace("Z", "+00:00")) if sensing else None,
        )
    except (KeyError, IndexError, ValueError) as error:
        raise ServiceError(f"The metadata of {product} cannot be read.", hint="Choose another date.") from error


def parse_xml(data: bytes, what: str) -> Element:
    """Parse XML that declares no entities of its own.

    Raises:
        ServiceError: it is not XML, or declares entities.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ServiceError(f"{what} cannot be read: it is no XML.", hint="Choose another date.") from error
    return root


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _footprint(text: str) -> Any:
    """Make the outline of ``lat lon lat lon ...``; across the antimeridian its longitudes pass 180."""
    numbers = np.array([float(v) for v in text.split()])
    if len(numbers) < 8 or len(numbers) % 2:
        return None
    lat, lon = numbers[::2], numbers[1::2]
    if lon.max() - lon.min() > 180:
        lon = np.where(lon < 0, lon + 360, lon)
    outline = shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))
    return outline if outline.area > 0 else None


def band_of(file: str) -> str:
    """Read the band off the end of a file's name, old names too: ``..._B8A.jp2``; empty for other files."""
    found = re.search(r"_(B\d[\dA])\.jp2$", file)
    return found[1] if found and found[1] in BAND_NAMES and "/IMG_DATA/" in file else ""

"""The files of the open archive's products, made when they are asked for: JPEG 2000, COG, XML, GML."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from tests.servers.open_archive.world import PIXELS, Granule, Overpass, World

OFFSET_FROM = "0400"
_BAND_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
_EARTH_SEARCH = {
    "coastal": "B01", "blue": "B02", "green": "B03", "red": "B04", "rededge1": "B05", "rededge2": "B06",
    "rededge3": "B07", "nir": "B08", "nir08": "B8A", "nir09": "B09", "swir16": "B11", "swir22": "B12",
}  # fmt: skip
_made: dict[tuple[object, ...], bytes] = {}


def jp2_of(world: World, overpass: Overpass, granule: Granule, baseline: str, band: str) -> bytes:
    """Write a band as ESA does: tiles, reversible wavelet, one part a tile, the offset in it from 04.00 on."""
    pixel = PIXELS[band]
    key = ("jp2", id(world.landscape), world.tlm, world.blocks[pixel], overpass, granule, baseline, band)
    if key not in _made:
        dn = world.dn(overpass, granule, band, pixel).astype(np.int64)
        if baseline >= OFFSET_FROM:
            dn = np.where(dn > 0, dn + 1000, 0)
        _made[key] = encode_jp2(
            dn.astype(np.uint16), granule.epsg, granule.left_m, granule.top_m, pixel, world.blocks[pixel], tlm=world.tlm
        )
    return _made[key]


def encode_jp2(
    pixels: NDArray[np.unsignedinteger],
    epsg: int,
    left: float,
    top: float,
    pixel: float,
    block: int,
    *,
    tlm: bool,
    precincts: bool = True,
) -> bytes:
    """Write (rows, columns) or (channels, rows, columns)."""
    planes = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    with MemoryFile(ext=".jp2") as memory:
        with memory.open(
            driver="JP2OpenJPEG",
            width=planes.shape[2],
            height=planes.shape[1],
            count=len(planes),
            dtype=planes.dtype.name,
            crs=f"EPSG:{epsg}",
            transform=Affine(pixel, 0, left, 0, -pixel, top),
            blockxsize=block,
            blockysize=block,
            REVERSIBLE="YES",
            QUALITY="100",
            RESOLUTIONS="5",
            PROGRESSION="LRCP",
            **({"PRECINCTS": ",".join(["{256,256}"] * 5)} if precincts else {}),
            PLT="YES",
            TLM="YES" if tlm else "NO",
            GMLJP2="YES",
            GeoJP2="NO",
        ) as dataset:
            dataset.write(planes)
        return bytes(memory.getbuffer())


def mask_of(world: World, overpass: Overpass, granule: Granule) -> bytes:
    """``MSK_CLASSI_B00.jp2``: opaque cloud, cirrus, snow at 60 m."""
    cloud = (world.scl(overpass, granule, 60) == 9).astype(np.uint8)
    planes = np.stack([cloud, np.zeros_like(cloud), np.zeros_like(cloud)])
    return encode_jp2(planes, granule.epsg, granule.left_m, granule.top_m, 60, world.blocks[60], tlm=world.tlm)


def outlines_of(overpass: Overpass, granule: Granule) -> bytes:
    """``MSK_CLOUDS_B00.gml`` with one square of 1 km in the middle, or none where it is clear."""
    members = ""
    if overpass.cloud_share:
        x, y = granule.left_m + granule.cols * 5, granule.top_m - granule.rows * 5
        ring = " ".join(f"{px} {py}" for px, py in shapely.box(x, y, x + 1000, y + 1000).exterior.coords)
        members = (
            '<eop:maskMembers><eop:MaskFeature gml:id="OPAQUE.0"><eop:extentOf><gml:Polygon gml:id="p"><gml:exterior>'
            f'<gml:LinearRing><gml:posList srsDimension="2">{ring}</gml:posList></gml:LinearRing></gml:exterior>'
            "</gml:Polygon></eop:extentOf></eop:MaskFeature></eop:maskMembers>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><eop:Mask xmlns:eop="http://www.opengis.net/eop/2.0" '
        f'xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="m">{members}</eop:Mask>'
    ).encode()


def metadata_of(overpass: Overpass, granule: Granule, baseline: str) -> bytes:
    """``MTD_MSIL1C.xml``, its telling parts."""
    lon, lat = shapely.get_coordinates(granule.footprint).T
    lon = (lon + 180) % 360 - 180
    outline = " ".join(f"{b:.6f} {a:.6f}" for a, b in zip(lon, lat, strict=True))
    offsets = "".join(f'<RADIO_ADD_OFFSET band_id="{i}">-1000</RADIO_ADD_OFFSET>' for i in range(len(_BAND_IDS)))
    listed = f"<Radiometric_Offset_List>{offsets}</Radiometric_Offset_List>" if baseline >= OFFSET_FROM else ""
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-1C_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-1C.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{overpass.when:%Y-%m-%dT%H:%M:%S}.024Z</PRODUCT_START_TIME>
      <PROCESSING_BASELINE>{baseline[:2]}.{baseline[2:]}</PROCESSING_BASELINE>
    </Product_Info>
    <Product_Image_Characteristics>
      <QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>
      {listed}
    </Product_Image_Characteristics>
  </n1:General_Info>
  <n1:Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint>
    <EXT_POS_LIST>{outline}</EXT_POS_LIST>
  </Global_Footprint></Product_Footprint></Product_Footprint></n1:Geometric_Info>
  <n1:Quality_Indicators_Info>
    <Cloud_Coverage_Assessment>{granule.cloud_pct}</Cloud_Coverage_Assessment>
  </n1:Quality_Indicators_Info>
</n1:Level-1C_User_Product>""".encode()


def cog_of(world: World, overpass: Overpass, granule: Granule, key: str, *, shifted: bool) -> bytes:
    """An asset of Earth Search: ``scl``, ``visual`` or a band; bands 10 % darker than L1C, as without the air."""
    made = ("cog", id(world.landscape), overpass, granule, key, shifted)
    if made in _made:
        return _made[made]
    if key == "scl":
        pixel = 20
        planes: NDArray[np.unsignedinteger] = world.scl(overpass, granule)[np.newaxis]
    elif key == "visual":
        pixel = 10
        rgb = np.stack([world.dn(overpass, granule, band, 10) for band in ("B04", "B03", "B02")])
        planes = np.where(rgb > 0, np.clip(rgb / 16, 1, 255), 0).astype(np.uint8)
    else:
        band = _EARTH_SEARCH[key]
        pixel = PIXELS[band]
        dn = world.dn(overpass, granule, band, pixel).astype(np.int64)
        planes = np.where(dn > 0, dn * 9 // 10 + (1000 if shifted else 0), 0).astype(np.uint16)[np.newaxis]
    with MemoryFile(ext=".tif") as memory:
        with memory.open(
            driver="COG",
            width=planes.shape[2],
            height=planes.shape[1],
            count=len(planes),
            dtype=planes.dtype.name,
            crs=f"EPSG:{granule.epsg}",
            transform=Affine(pixel, 0, granule.left_m, 0, -pixel, granule.top_m),
            nodata=0,
            blocksize=256,
            compress="deflate",
            overview_resampling="nearest",
        ) as dataset:
            dataset.write(planes)
        _made[made] = bytes(memory.getbuffer())
    return _made[made]


ASSETS = ("scl", "visual", *_EARTH_SEARCH)

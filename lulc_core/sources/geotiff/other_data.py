"""What is no Sentinel-2 reflectance, told by its names: other satellites, pictures for the eye, derived figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lulc_core.domain.errors import FileFormatError

_SATELLITES = {
    "Landsat": r"(?<![a-z0-9])(?:l[cteom]0?[1-9]_l[1-3][a-z]{1,2}_|l[cteom]0[1-9]_\d{6}_|landsat|hls[._]l30"
    r"|l[cteom][1-9]\d{13}[a-z]{3}\d\d)",
    "Sentinel-1 (radar)": r"(?<![a-z0-9])(?:s1[abc]_(?:iw|ew|s\d|wv)_|sentinel-?1(?![a-z0-9]))",
    "Sentinel-3": r"(?<![a-z0-9])(?:s3[abc]_(?:ol|sl|sy)_|sentinel-?3(?![a-z0-9]))",
    "MODIS": r"(?<![a-z0-9])(?:m[oyc]d\d{2}[a-z]\w\.|modis)",
    "VIIRS": r"(?<![a-z0-9])(?:v[nj][pj]\d{2}[a-z]?|viirs)(?![a-z])",
    "PlanetScope": r"planetscope|psscene|_3b_(?:analytic|visual)|ps2\.sd|psb\.sd",
    "ASTER": r"(?<![a-z0-9])ast_(?:l1|0)",
    "SPOT": r"(?<![a-z0-9])spot ?[1-7](?![0-9])",
    "Pléiades": r"(?<![a-z0-9])(?:img_)?(?:phr|pneo)\d?[ab]?_(?:ms|p|pms|mul|pan)|pl[eé]iades",
    "WorldView": r"(?<![a-z0-9])(?:wv0[1-4]|qb02|ge01|ik01)_|worldview|quickbird|geoeye|ikonos",
    "RapidEye": r"rapideye|(?<![a-z0-9])re[1-5]_(?:1b|3a)_",
    "Gaofen": r"(?<![a-z0-9])gf[1-7][a-d]?_(?:wfv|pms|pan|mss)|gaofen",
}
_PICTURE = re.compile(
    r"(?<![a-z])(?:true|false|natural)[ _-]?colou?r|highlight[ _-]optimi[sz]ed"
    r"|(?<![a-z0-9])(?:tci|quicklook|rgb8|visual)(?![a-z0-9])"
)
_FIGURE = re.compile(
    r"(?<![a-z0-9])(?:ndvi|ndwi|ndmi|ndsi|ndbi|nbr|evi|savi|msavi|mndwi)(?![a-z0-9])|moisture[ _]index"
)
_BROWSER = re.compile(
    r"\d{4}-\d\d-\d\d-\d\d[_:]\d\d_\d{4}-\d\d-\d\d-\d\d[_:]\d\d_sentinel-?2[ _]?l[12][ac]_(?!b\d)(.+?)(?:\(raw\))?$"
)
"""Exports of the Copernicus Browser and its forerunner are layers made for the eye, but for those of single bands."""
_TAGS = (
    "satellite",
    "spacecraft_name",
    "spacecraft_id",
    "platform",
    "sensor",
    "instrument",
    "mission",
    "constellation",
)


def refuse_other_satellites(path: Path, tags: Mapping[str, str], descriptions: Sequence[str | None]) -> None:
    """Refuse a file that names another satellite.

    Raises:
        FileFormatError: it does.
    """
    texts = [path.name, *(str(v) for k, v in tags.items() if k.lower() in _TAGS)]
    for name, pattern in _SATELLITES.items():
        if any(re.search(pattern, text.lower().replace("landsat ", "landsat")) for text in texts):
            raise _other(path, name)
    if any(re.fullmatch(r"SR_B\d+", d or "") for d in descriptions):
        raise _other(path, "Landsat")


def _other(path: Path, name: str) -> FileFormatError:
    return FileFormatError(
        f"{path.name} is of {name}, not of Sentinel-2: its bands, pixels and numbers are others, and the network knows "
        "Sentinel-2 only.",
        hint="Give Sentinel-2 imagery (L1C or L2A). If it is Sentinel-2, rename the file.",
    )


def refuse_pictures(path: Path) -> None:
    """Refuse a file whose name says that it is a picture for the eye, or a figure computed from bands.

    Raises:
        FileFormatError: it does.
    """
    stem = path.stem.lower()
    if _FIGURE.search(stem.replace("_", " ")):
        what = "a figure computed from bands"
    elif _PICTURE.search(stem) or _BROWSER.search(stem):
        what = "brightness made for the eye"
    else:
        return
    raise FileFormatError(
        f"{path.name} holds, by its name, {what}, from which reflectance cannot be told.",
        hint="Export the single bands (raw, 16 bits or 32-bit float). If it does hold reflectance, say which number "
        "stands for a reflectance of 1, or rename the file.",
        option="--scale",
    )

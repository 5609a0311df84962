"""Which Sentinel-2 band a name means: in a band's description, in a file name, or as a user writes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.domain.errors import InputError

SCL = "SCL"
"""Scene classification layer of L2A products."""
SKIP = "-"
"""Stands for a band of the file that is not wanted, in ``bands=...``."""

_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:band[ ._-]*|b)(0?[1-9]|1[0-2]|8a)(?![A-Za-z0-9])", re.IGNORECASE)
_LANDSAT = re.compile(r"(?<![A-Za-z0-9])SR[ _]B\d", re.IGNORECASE)  # as Google's catalogue names Landsat's bands
_PLACE = re.compile(r"\s*(?:band[ _]?|layer[ _]?|channel[ _]?|b)([1-9]\d?)\s*", re.IGNORECASE)
_WAVELENGTH = re.compile(r"(?<![\d.])(\d{3,4}(?:\.\d+)?|[0-2]\.\d+) ?(nm|nanomet\w+|um|µm|micromet\w+)", re.IGNORECASE)
_NEAR_NM = 8.0
"""A wavelength further from the centre of every band is that of another instrument."""
_SENTINEL = re.compile(r"sentinel[ _-]?2[abcd]?(?![a-z0-9])", re.IGNORECASE)
_FREE_PART = re.compile(r"[(){}\[\],:;/|]| - ")
_NOISE = re.compile(
    r"nbart?|toa|toc|boa|sr|fre|sre|msi|s2[abcd]?|oa|band|reflectance|surface|l[12][abc]|lambertian|"
    r"median|mean|min|max|first|mosaic|p\d+|\d+m|\d{6,}(?:t\d+)?|t\d{2}[a-z]{3}|raw|resampled"
)
"""Words that stand beside the name of a band: level, satellite, day, tile, statistic."""
_WORDS = {
    "B01": "coastal coastalaerosol coastalblue aerosol aerosols ultrablue",
    "B02": "blue blu blau bleu azul",
    "B03": "green grn verde grun gruen vert",
    "B04": "red rosso rot rouge rojo vermelho",
    "B05": "rededge1 re1 vre1 vegetationrededge1 rededge071 rededge705",
    "B06": "rededge2 re2 vre2 vegetationrededge2 rededge075 rededge740",
    "B07": "rededge3 re3 vre3 vegetationrededge3 rededge078 rededge783",
    "B08": "nir nir1 nirbroad broadnir widenir nirwide nearinfrared nearir nearinfrared1 infrarossovicino "
    "vicinoinfrarosso nahesinfrarot procheinfrarouge pir infrarrojocercano infravermelhoproximo",
    "B8A": "nir2 nir08 nira nirnarrow narrownir nnir nearinfrared2 nearinfrarednarrow rededge4 re4 vegetationrededge4",
    "B09": "nir09 watervapour watervapor wv",
    "B10": "cirrus swircirrus",
    "B11": "swir1 swir16 swir1610 sw1 shortwaveinfrared1 shortwaveir1",
    "B12": "swir2 swir22 swir2190 sw2 shortwaveinfrared2 shortwaveir2",
    SCL: "scl sceneclassification sceneclassificationmap sceneclassificationlayer",
}
"""Source: common names of the STAC electro-optical extension, those of Digital Earth Australia and Africa, of FORCE,
of Sen2Cor's manual and of openEO; colours also in Italian, German, French, Spanish and Portuguese."""
_LETTERS = {"r": "B04", "g": "B03", "b": "B02", "n": "B08"}
"""Of the bands of one file, where r, g and b all stand for one."""
_BY_WORD = {word: band for band, words in _WORDS.items() for word in words.split()}
_KIN = {
    **dict.fromkeys(("B08", "B8A", "B09"), ("B08", "B8A", "B09")),
    **dict.fromkeys(("B05", "B06", "B07"), ("B05", "B06", "B07", "B8A")),
    **dict.fromkeys(("B10", "B11", "B12"), ("B10", "B11", "B12")),
}
"""Numbers that a word may stand beside: "Band 8A - NIR" is B8A, but "Band 5 - NIR" is Landsat's."""

_ALIKE = (
    (("rededge", "vegetationrededge"), (3, 4), ("B05", "B06", "B07", "B8A")),
    (("swir", "shortwaveinfrared"), (2,), ("B11", "B12")),
)
"""Names that several bands of a file may share, how many do, and which bands they then are."""


def band_of(text: str | None) -> str | None:
    """Read the band that a description means: ``B04``, ``SCL``, or None where it names none or several."""
    if not text or _LANDSAT.search(text):
        return None
    numbers = {_named(m.group(1)) for m in _NUMBER.finditer(text)}
    words = {w for part in _FREE_PART.split(_NUMBER.sub(" ", text)) if (w := _BY_WORD.get(_plain(part)))}
    if len(numbers) > 1 or len(words) > 1:
        return None
    number, word = next(iter(numbers), None), next(iter(words), None)
    if number and word:
        return number if number in _KIN.get(word, (word,)) else word
    return number or word or _band_at(text)


def bands_of(texts: Sequence[str | None]) -> list[str | None]:
    """Read the bands that the descriptions of a file mean, each in the light of the others.

    ``swir_2`` is B11 beside ``swir_3`` and else B12, ``nir`` is B8A beside a broad one, ``Band 1`` to ``Band 4`` are
    mere places, and ``R``, ``G``, ``B`` are colours where all three are there.

    Returns:
        A name for each text, None where it names none.
    """
    places = [m and int(m.group(1)) for m in map(_PLACE.fullmatch, (t or "" for t in texts))]
    if len(texts) > 1 and places == list(range(1, len(texts) + 1)) and not counts_bands(texts):
        return [None] * len(texts)
    plain = [_plain(_NUMBER.sub(" ", text or "")) for text in texts]
    bands = [band_of(text) for text in texts]
    for alike, counts, names in _ALIKE:
        nameless = [i for i, word in enumerate(plain) if word in alike and bands[i] is None]
        for i, band in zip(nameless if len(nameless) in counts else [], names, strict=False):
            bands[i] = band
    for i, (word, text) in enumerate(zip(plain, texts, strict=True)):
        if {"r", "g", "b"} <= set(plain) and word in _LETTERS:
            bands[i] = _LETTERS[word]
        elif word == "swir3":
            bands[i] = "B12"
        elif word == "swir2" and ("swir3" in plain or ("nbar" in (text or "").lower() and "swir1" not in plain)):
            bands[i] = "B11"
        elif word == "nir" and {"broadnir", "nirbroad", "widenir", "nirwide", "bnr"} & set(plain):
            bands[i] = "B8A"
    return bands


def band_of_file(path: Path) -> str | None:
    """Read the band from the name of a one-band file, such as ``T32TMR_20190716T101559_B04_10m.jp2`` or ``red.tif``."""
    # Underscores join words in file names; for a regular expression they would be letters of the word.
    text = path.stem.replace("_", " ")
    found = band_of(text)
    if found or _LANDSAT.search(text) or _NUMBER.search(text):
        return found
    words = [word for word in re.split(r"[^a-z0-9]+", _SENTINEL.sub(" ", text).lower()) if word]
    for n in (3, 2, 1):
        found = bands_of(["nbart " * ("nbart" in words) + " ".join(words[-n:])])[0]
        if found:
            return found if words[-n - 1 : -n] not in (["infra"], ["near"], ["far"]) else None
    return None


def to_band(text: str) -> str:
    """Make the three-character name of a band as users write it: ``b4``, ``B04``, ``8a``, ``red``, ``SCL``, ``-``.

    Raises:
        InputError: it names no band.
    """
    word = text.strip()
    if word in (SKIP, ""):
        return SKIP
    if known := _BY_WORD.get(_plain(word)):
        return known
    name = _named(word.upper().removeprefix("B"))
    if name not in BAND_NAMES:
        raise InputError(
            f"{word!r} is no Sentinel-2 band; there are {', '.join(BAND_NAMES)} (and SCL).",
            hint="Name them in the order of the file, such as B02,B03,B04,B08; - skips one.",
            option="--bands",
        )
    return name


def _named(digits: str) -> str:
    return f"B{digits.upper().zfill(2)}"


def _plain(text: str) -> str:
    """A name without what stands beside it, its words joined: ``nbart_red_edge_1`` becomes ``rededge1``."""
    plain = unicodedata.normalize("NFKD", _SENTINEL.sub(" ", _WAVELENGTH.sub(" ", text))).lower()
    words = re.split(r"[^a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return "".join(word for word in words if word and not _NOISE.fullmatch(word))


def _band_at(text: str) -> str | None:
    """The band whose centre a wavelength is, such as ``664.6 nm`` or ``0.665 um``."""
    found = {
        float(number) * (1 if unit.lower().startswith("n") else 1000) for number, unit in _WAVELENGTH.findall(text)
    }
    if len(found) != 1:
        return None
    nm = found.pop()
    away, name = min((abs(nm - centre), b.name) for b in BANDS for centre in b.centre_nm.values())
    return name if away <= _NEAR_NM else None


def counts_bands(texts: Sequence[str | None]) -> bool:
    """Tell whether names are ``B1`` to ``Bn`` in capitals, which may be ESA's numbers or mere places."""
    return len(texts) in (5, 7, 8, 9) and [(text or "").strip() for text in texts] == [
        f"B{i}" for i in range(1, len(texts) + 1)
    ]

"""What names and tags of a file say: date, level, satellite, processing baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

from lulc_core.domain.errors import DateError
from lulc_core.domain.radiometry import Level

_PRODUCT = re.compile(
    r"(?P<satellite>S2[ABCD])_MSI(?P<level>L1C|L2A)_(?P<start>\d{8}T\d{6})_N(?P<baseline>\d{4})", re.IGNORECASE
)
_SATELLITE = re.compile(r"(?<![A-Za-z0-9])S2([ABCD])(?![A-Za-z0-9])|Sentinel-?2([ABCD])(?![A-Za-z0-9])", re.IGNORECASE)
_LEVEL = re.compile(r"(?<![A-Za-z0-9])(?:MSI)?(L1C|L2A)(?![A-Za-z0-9])", re.IGNORECASE)
_MOMENT = re.compile(
    r"(?<!\d)(?P<year>20\d{2})(?P<sep>-?)(?P<month>[01]\d)(?P=sep)(?P<day>[0-3]\d)"
    r"(?:(?:[T_ ]?|(?<!-\d\d)-)(?P<hour>[0-2]\d):?(?P<minute>[0-5]\d):?(?P<second>[0-5]\d)(?:\.\d+)?"
    r"(?P<zone>[Zz]|[+-][01]\d:?[0-5]\d(?!\d))?)?(?!\d)"
)
_CLOCK = re.compile(
    r"(?P<year>20\d{2})-(?P<month>[01]\d)-(?P<day>[0-3]\d)[T ](?P<hour>[0-2]\d):(?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d)(?:\.\d+)?)? ?(?P<zone>[Zz]|(?:UTC|GMT)? ?[+-][01]?\d(?::?[0-5]\d)?)(?!\d)"
)
"""A time with colons and a zone, in more forms than ``_MOMENT`` has: ``2019-07-16 23:30 UTC-5``, ``T23:30:00-05``."""
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_ZONE = re.compile(r"([+-])(\d{1,2}):?(\d\d)?$")
_DAY_OF_YEAR = re.compile(r"(?<![A-Za-z0-9])(20\d{2})([0-3]\d{2})T(\d{6})(?!\d)")
"""How NASA's harmonised products write a time: ``HLS.S30.T32TMR.2019197T101559.v2.0.B04.tif``."""
_OLD_NAME = re.compile(r"S2[ABCD]_(?:OPER|USER|TEST)_", re.IGNORECASE)
"""Names of before December 2016. Their first time is when the file was made; that of the image stands behind a V."""
_OLD_START = re.compile(r"_V(20\d{6}T\d{6})", re.IGNORECASE)
_OLD_BASELINE = re.compile(r"_N(\d{2}\.\d{2})(?!\d)", re.IGNORECASE)
_EARTH_ENGINE = re.compile(r"(?<!\d)(20\d{6}T\d{6})_20\d{6}T\d{6}_T\d{2}[A-Z]{3}", re.IGNORECASE)
"""Google's name of a product: the second time may be that of processing."""
_GRANULE_SUFFIX = re.compile(r"_(?:AOT|SCL|TCI|WVP|B(?:0[1-9]|1[0-2]|8A))_(?:10|20|60)m$", re.IGNORECASE)
"""Only files of L2A products have such an ending."""
_SURFACE = re.compile(r"(?<![A-Za-z0-9])(?:HLS[._]S30|S2_SR)(?![A-Za-z0-9])", re.IGNORECASE)
"""Surface reflectance as NASA and Google name it."""
_HARMONISED = re.compile(r"S2(?:_SR)?_HARMONI[SZ]ED", re.IGNORECASE)
"""Google's collections without ESA's offset."""
_OFFSET_XML = re.compile(r"<(?:RADIO|BOA)_ADD_OFFSET[^>]*>\s*(-?\d+)\s*<")
_MOMENT_TAGS = (
    *("date", "datetime", "sensing_time", "acquisition_date", "product_start_time", "sensing_start", "start_datetime"),
    *("acquisition_datetime", "acquisition_time", "sensing_date", "time_coverage_start", "system:time_start"),
)
_PRODUCT_TAGS = ("product_uri", "s2:product_uri", "product_id")
_LEVEL_TAGS = ("level", "processing_level", "product_type")
_BASELINE_TAGS = ("processing_baseline", "s2:processing_baseline", "baseline")
_OFFSET_TAGS = ("boa_add_offset", "radio_add_offset")


@dataclass(frozen=True)
class NameFacts:
    """What the names and tags of one file say; empty or None where they say nothing."""

    level: Level | None = None
    moments: frozenset[datetime] = frozenset()
    """Sensing times, UTC; more than one where a name holds several."""
    moments_from: str = ""
    """The tag or product that they stand in; empty for a mere file name, which may hold any date."""
    satellite: str = ""
    baseline: str = ""
    offset: int | None = None
    """DN to add, from tags only."""
    product: str = ""
    """ESA product name, where the file lies in one or is named after one."""
    made: str = ""
    """Day on which the file was made, where its name holds that one and not the day of the image."""


def read_names(path: Path, tags: Mapping[str, str]) -> NameFacts:
    """Gather what path and tags of a file say. Tags go before names, names before folders."""
    low = {k.lower(): str(v) for k, v in tags.items()}
    product = _first_match(_PRODUCT, (*(low.get(t, "") for t in _PRODUCT_TAGS), *_names(path)))
    old = next((name for name in _names(path) if _OLD_NAME.match(name) and _OLD_START.search(name)), "")
    old_baseline = _first_match(_OLD_BASELINE, filter(_OLD_NAME.match, _names(path)))
    texts = [low.get("satellite", ""), low.get("spacecraft_name", ""), *_names(path)]
    satellite = _first_match(_SATELLITE, (text.replace("_", " ") for text in texts))
    baseline = next((_baseline(low[t]) for t in _BASELINE_TAGS if low.get(t)), "")
    moments, moments_from = _moments(path, low, product)
    made_only = not moments and _OLD_NAME.match(path.name)
    offsets = [low.get(t, "").strip() for t in _OFFSET_TAGS]
    offsets += ["0"] * bool(_HARMONISED.search(path.name))
    return NameFacts(
        level=_level(path, low),
        moments=moments,
        moments_from=moments_from,
        satellite=f"S2{(satellite[1] or satellite[2]).upper()}" if satellite else "",
        baseline=baseline or (_baseline(product["baseline"]) if product else old_baseline[1] if old_baseline else ""),
        offset=next((int(float(o)) for o in offsets if re.fullmatch(r"-?\d+(\.\d+)?", o)), None),
        product=product.group(0) if product else old.removesuffix(".SAFE"),
        made=", ".join(sorted({str(m.date()) for m in find_moments(path.name)})) if made_only else "",
    )


def _names(path: Path) -> list[str]:
    # A granule's folders carry the product name; other folders of the user's disk mean nothing.
    safe = [p.name for p in path.absolute().parents if p.name.upper().endswith(".SAFE")]
    return [path.name, *safe]


def _level(path: Path, low: Mapping[str, str]) -> Level | None:
    tags = [low.get(tag, "").replace("Level-", "L").replace("S2MSI", "L") for tag in _LEVEL_TAGS]
    found = _first_match(_LEVEL, (*tags, *(name.replace("_", " ") for name in _names(path))))
    if found:
        return "L1C" if found[1].upper() == "L1C" else "L2A"
    return "L2A" if _GRANULE_SUFFIX.search(path.stem) or _SURFACE.search(path.name) else None


def _first_match(pattern: re.Pattern[str], texts: Iterable[str]) -> re.Match[str] | None:
    return next((found for text in texts if (found := pattern.search(text))), None)


def _baseline(text: str) -> str:
    found = re.search(r"(\d{2})\.?(\d{2})", text)
    return f"{found.group(1)}.{found.group(2)}" if found else ""


def _moments(path: Path, low: Mapping[str, str], product: re.Match[str] | None) -> tuple[frozenset[datetime], str]:
    for tag in _MOMENT_TAGS:
        text = low.get(tag, "")
        if tag == "system:time_start" and re.fullmatch(r"1\d{12}(\.0)?", text):  # milliseconds since 1970
            text = datetime.fromtimestamp(float(text) / 1000, UTC).isoformat()
        found = find_moments(text)
        if found:
            return frozenset(found), f"the tag {tag}"
    if product:  # a product name also carries the time of processing: only the first time counts
        return frozenset(find_moments(product["start"])), f"the product {product.group(0)}"
    for name in _names(path):
        if _OLD_NAME.match(name):
            old = _OLD_START.search(name)
            if old:
                return frozenset(find_moments(old[1])), f"the product {name}"
            continue
        google = _EARTH_ENGINE.search(name)
        found = find_moments(google[1] if google else name)
        if found:
            return frozenset(found), ""
    return frozenset(), ""


def find_moments(text: str) -> set[datetime]:
    """Find times and days in a text, brought to UTC where it names a zone; a day with and without time counts once."""
    found: dict[date, datetime] = {}
    text = _DAY_OF_YEAR.sub(_with_month, text)
    clocks = list(_CLOCK.finditer(text))
    others = (m for m in _MOMENT.finditer(text) if not any(c.start() <= m.start() < c.end() for c in clocks))
    for m in (*clocks, *others):
        year, month, day, hour, minute, second = (int(m[part] or 0) for part in _PARTS)
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:  # digits that only look like a date
            continue
        if zone := _ZONE.search(m["zone"] or ""):
            ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3] or 0))
            moment += ahead if zone[1] == "-" else -ahead
        if moment.year < 2015:
            continue
        key = moment.date()
        if key not in found or is_day(found[key]):
            found[key] = moment
    return set(found.values())


def _with_month(found: re.Match[str]) -> str:
    """Write a day of the year as month and day; what no year has stays as it is."""
    day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
    return f"{day:%Y%m%d}T{found[3]}" if day.year == int(found[1]) else found[0]


def is_day(moment: datetime) -> bool:
    """Tell whether only the day is known."""
    return moment.hour == moment.minute == moment.second == 0


def to_moment(text: str) -> datetime:
    """Read a day or time as users write it, ``YYYY-MM-DD`` or ISO 8601; UTC where it has no zone.

    Raises:
        DateError: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise DateError(f"{text!r} is no date.", hint="Write it as YYYY-MM-DD, for example 2019-07-16.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def metadata_of_product(paths: Iterable[Path]) -> list[Path]:
    """Name the product's own metadata, where files lie in an unpacked product; they need not be there."""
    products = {p for path in paths for p in path.absolute().parents if p.name.upper().endswith(".SAFE")}
    return [safe / f"MTD_MSI{level}.xml" for safe in sorted(products) for level in get_args(Level)]


def offsets_of_product(paths: Iterable[Path]) -> set[float]:
    """Read ADD_OFFSET from the product's own metadata, where the files lie in an unpacked product."""
    offsets: set[float] = set()
    for metadata in metadata_of_product(paths):
        with suppress(OSError), metadata.open("rb") as file:  # no metadata beside it: the numbers have to say
            text = file.read(4_000_000).decode("utf-8", "replace")
            offsets |= {float(v) for v in _OFFSET_XML.findall(text)} or {0.0}
    return offsets

"""What the numbers of a file say: order of unnamed bands, scale, offset of +1000, level.

Every rule says whether it settles the matter (``sure``) or only leans to one side; what only leans is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, EUROSAT_MS_ORDER, L2A_BAND_NAMES
from lulc_core.domain.radiometry import BASELINE_04_OFFSET, QUANTIFICATION, Level

Samples = Mapping[str, NDArray[np.float32]]
"""Band name -> (n,) values of the file, no-data left out."""

BASELINE_04_DAY = date(2022, 1, 25)
"""From here on ESA's products carry the offset. Source: Copernicus, processing baseline 04.00."""

CIRRUS_OFFSET_DN = 900
"""median(B10) above it: the offset is still in. Below a clear sky B10 is nearly 0. Source: FACTS, checked on scenes."""
DARK_OUT_DN = 800
"""Anything darker than it cannot carry an offset of 1000: reflectance would be below -0.02."""
TWICE_OFF_DN = -200
"""A hundredth of the pixels of a band darker than it: the offset was taken off where it was not in. Corrections of the
air leave less (water in the infrared, shadow)."""
DARK_OUT_L1C_DN = 990
"""The same at the top of the atmosphere, where reflectance is never below 0 but for noise."""
RAYLEIGH_OUT_DN: Mapping[str, int] = {"B01": 1800, "B02": 1450}
"""Darkest per cent of L1C below it: no offset is in. Air alone scatters about 0.09 (B01) and 0.06 (B02) back, so
with an offset no pixel is darker than about 1900 and 1600. Measured on 177 EuroSAT patches and six L1C scenes: 920 to
1530 (B01) and 610 to 1330 (B02) without, at least 2187 and 1820 with it."""
RAYLEIGH_L2A: Mapping[str, float] = {"B01": 0.075, "B02": 0.050}
"""Reflectance of the darkest per cent below it: the light of the air has been taken off, so it is L2A."""
REDDER = 1.1
"""A band that varies so many times more than another is red, the other blue."""
BRIGHTER, GOES_WITH = 1.55, 0.7
"""Red is less than so many times as bright as green (by medians), and their correlation is higher. In the sixteen
scenes for development red has 0.5 to 1.50 times the green and a correlation of 0.76 to 1.0; near infrared 1.59 to 8.6
times the red or a correlation of -0.1 to 0.55, but for desert, snow and cloud (1.06 to 1.41 and 0.63 to 0.99)."""
EVEN = 0.05
"""Spread over mean below it: nothing differs but water and air. EuroSAT's land has at least 0.055."""
CIRRUS_SHARE = 0.25
"""B10 has less than this share of what any other band has."""
SNOW_DN, WHITE = 2500, 1.6
"""Where half of the ground is brighter in the visible and nothing is dark, it is snow or cloud, if the numbers are DN.
These are white: from the darkest to the brightest per cent red over blue grows 1.2 to 1.4 times (scenes for
development)."""
LANDSAT_DN = 7000
"""Landsat's surface reflectance (Collection 2) is (reflectance + 0.2) / 0.0000275, so that 0 is 7273. Source: USGS."""
FEW_DN = 300
"""Less than 0.1 % of pixels above it: not DN, but per cent or brightness of 8 bits, unless it is all deep water."""
PER_CENT = 150
"""Fractions up to it are reflectance in per cent."""
MAX_NATURAL_DN = 20_000
"""More than 0.1 % of pixels above it: not DN, since reflectance above 2 does not occur over whole areas."""


T = TypeVar("T")


@dataclass(frozen=True)
class Finding(Generic[T]):
    """An answer, and why."""

    value: T
    reason: str
    """A clause that fits after "because" or in brackets."""
    sure: bool


ORDERS: Mapping[int, tuple[tuple[str, ...], ...]] = {
    13: (EUROSAT_MS_ORDER, BAND_NAMES),
    12: (
        L2A_BAND_NAMES,
        tuple(b for b in EUROSAT_MS_ORDER if b != "B10"),
        tuple(b for b in EUROSAT_MS_ORDER if b != "B8A"),
    ),
    10: (
        ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12"),
        ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12"),
    ),
    6: (("B02", "B03", "B04", "B08", "B11", "B12"), ("B01", "B02", "B03", "B04", "B05", "B06")),
    4: (("B02", "B03", "B04", "B08"), ("B04", "B03", "B02", "B08")),
    3: (("B04", "B03", "B02"), ("B02", "B03", "B04")),
}
"""Usual orders of unnamed bands by their number, the likelier one first."""


def order_of(values: NDArray[np.float32]) -> Finding[tuple[str, ...]]:
    """Find the order of unnamed bands.

    Args:
        values: float32 (bands, n), the same pixels in every band; as many bands as :data:`ORDERS` has orders for.
    """
    likely = Finding(ORDERS[len(values)][0], f"the usual order of {len(values)} bands", False)
    if values.shape[1] < 100 or len(values) == 10:
        return likely
    if len(values) in (3, 4):
        return _order_of_colours(values, likely)
    if len(values) == 6:
        return _order_of_6(values, likely)
    return _order_of_13(values, likely) if len(values) == 13 else _order_of_12(values, likely)


def redder(values: NDArray[np.float32]) -> float:
    """Tell by how much more the first band (bands, n) varies than the third; above 1 it is rather the red one.

    Ground differs more in red than in blue, which the air evens out: 1.06 to 2.6 times as much in the real scenes for
    development, of L1C and L2A, land, snow and cloud, and 1.2 and more in all 159 EuroSAT patches that are no lake.

    Returns:
        1 where hardly anything differs, as on open water.
    """
    spread, mean = np.nanstd(values[[0, 2]], axis=1), np.nanmean(values[[0, 2]], axis=1)
    return float(spread[0] / spread[1]) if spread.min() > 0 and (spread / np.abs(mean)).max() > EVEN else 1.0


def _order_of_colours(values: NDArray[np.float32], likely: Finding[tuple[str, ...]]) -> Finding[tuple[str, ...]]:
    times = redder(values)
    for order in ORDERS[len(values)]:
        if max(times, 1 / times) > REDDER and order[0] == ("B04" if times > 1 else "B02"):
            more, less = (1, 3) if times > 1 else (3, 1)
            return Finding(order, f"band {more} varies more than band {less}, as red does than blue", False)
    return likely


def red_at(values: NDArray[np.float32], place: int) -> bool:
    """Tell whether a band can be red beside the green one before it: about as bright, and varying as it does.

    Near infrared is brighter over plants, and varies otherwise.
    """
    green, red = values[place - 1 : place + 1]
    if min(np.ptp(green), np.ptp(red)) == 0:
        return True
    return bool(np.median(red) < BRIGHTER * np.median(green) and np.corrcoef(green, red)[0, 1] > GOES_WITH)


def _order_of_6(values: NDArray[np.float32], likely: Finding[tuple[str, ...]]) -> Finding[tuple[str, ...]]:
    if red_at(values, 3):
        return Finding(ORDERS[6][1], "band 4 goes with band 3, as red does with green", False)
    return Finding(likely.value, "band 4 differs from band 3 as near infrared does from red", False)


def _order_of_13(values: NDArray[np.float32], likely: Finding[tuple[str, ...]]) -> Finding[tuple[str, ...]]:
    # Water vapour swallows what the ground sends in B10: it is the darkest band by far, wherever it stands.
    middle = np.median(values, axis=1)
    darkest = int(np.argmin(middle))
    for order, other in permutations(ORDERS[13]):
        if order[darkest] == "B10":
            if _similarity(values, order) >= _similarity(values, other):
                return Finding(order, f"the cirrus band B10 is the darkest and stands at place {darkest + 1}", True)
            reason = f"the darkest band stands where B10 does if B8A is {_place_of_b8a(order)}"
            return Finding(order, reason, False)
    return likely


def _order_of_12(values: NDArray[np.float32], likely: Finding[tuple[str, ...]]) -> Finding[tuple[str, ...]]:
    *usual, with_cirrus = ORDERS[12]
    tops = np.percentile(values, 90, axis=1) - (
        -BASELINE_04_OFFSET if np.percentile(values, 1, axis=1).min() > 900 else 0
    )
    if tops[9] < CIRRUS_SHARE * np.delete(tops, 9).min():
        return Finding(
            with_cirrus, "band 10 is by far the darkest: the cirrus band B10, so that B8A is not there", True
        )
    for order, other in permutations(usual):
        here, there = _similarity(values, order), _similarity(values, other)
        if here > there + 0.05:
            reason = f"band {order.index('B8A') + 1} looks like B08, so B8A is {_place_of_b8a(order)}"
            return Finding(order, reason, here > 0.9)
    return likely


def _place_of_b8a(order: Sequence[str]) -> str:
    return "last" if order[-1] == "B8A" else "after B08"


def _similarity(values: NDArray[np.float32], order: Sequence[str]) -> float:
    """Correlate B08 with the band that is B8A in an order."""
    pair = values[[order.index("B08"), order.index("B8A")]]
    if np.ptp(pair, axis=1).min() == 0:
        return 0.0
    return float(np.asarray(np.corrcoef(pair))[0, 1])


def scale_of(samples: Samples, *, is_float: bool, is_export: bool = False) -> Finding[float]:
    """Find what reflectance 1 is in the file: 10000 (DN), 1 (reflectance) or 65535 (16-bit export).

    Args:
        samples: values by band.
        is_float: fractions are possible.
        is_export: the files have names as the Copernicus Browser gives them, ``..._B04_(Raw).tiff``.

    Returns:
        Reflectance 1 in the file's numbers; 0 where nothing can be guessed.
    """
    top = max(float(np.percentile(v, 99.9)) for v in samples.values())
    if is_float and top <= 10:
        return Finding(1.0, f"the numbers are fractions up to {top:.2f}", True)
    if is_export:
        return Finding(65535.0, "raw bands of the Copernicus Browser with 16 bits are scaled so", False)
    if top <= FEW_DN:
        whole = all(np.array_equal(v, np.rint(v)) for v in samples.values())
        if is_float and not whole and top <= PER_CENT:
            return Finding(100.0, f"the numbers are fractions up to {top:.0f}, as of per cent", False)
        return Finding(
            0.0, f"its numbers reach only {top:.0f}, as of brightness for the eye or per cent, not as DN", False
        )
    if top > MAX_NATURAL_DN:
        reason = f"values reach {top:,.0f}, which as DN would be a reflectance of {top / QUANTIFICATION:.1f}"
        return Finding(65535.0, reason, False)
    return _too_bright_for_dn(samples) or Finding(float(QUANTIFICATION), f"values reach {top:,.0f}, as DN do", True)


def _too_bright_for_dn(samples: Samples) -> Finding[float] | None:
    """What else numbers can be that as DN would be brighter than land; None where they are not."""
    visible = [samples[b] for b in ("B02", "B03", "B04") if b in samples]
    if not visible:
        return None
    dark, middle = min(float(np.percentile(v, 1)) for v in visible), float(np.median(visible[0]))
    if dark > LANDSAT_DN:
        reason = f"as DN nothing would be darker than {dark / QUANTIFICATION:.2f}, as in snow, or in Landsat's numbers"
        return Finding(float(QUANTIFICATION), reason, False)
    if dark < 1300 or middle < SNOW_DN or not {"B02", "B04"} <= set(samples):
        return None
    (blue, bright_blue), (red, bright_red) = (np.percentile(samples[b], [1, 99]) for b in ("B02", "B04"))
    if (bright_red / bright_blue) / (red / blue) < WHITE:
        return None
    reason = (
        f"as DN half of the ground would reflect more than {middle / QUANTIFICATION:.2f} and nothing less than "
        f"{dark / QUANTIFICATION:.2f}, as snow does, but it is not white"
    )
    return Finding(65535.0, reason, False)


def offset_of(samples: Samples, *, level: Level | None, day: date | None, baseline: str = "") -> Finding[float]:
    """Find whether the offset of +1000 is still in DN.

    Args:
        samples: DN by band.
        level: None where unknown.
        day: of sensing, None where unknown.
        baseline: processing baseline such as ``05.09``; empty where unknown.

    Returns:
        DN to add: 0, -1000, or 1000 where the offset was taken off without having been in.
    """
    cirrus = samples.get("B10")
    if cirrus is not None:
        middle = float(np.median(cirrus))
        if middle > CIRRUS_OFFSET_DN:
            return Finding(BASELINE_04_OFFSET, f"the cirrus band B10 has a median of {middle:,.0f} instead of 0", True)
        return Finding(0, f"the cirrus band B10 has a median of {middle:,.0f}", True)
    dark_in = {name: float(np.percentile(v, 1)) for name, v in samples.items() if name != "SCL"}
    name = min(dark_in, key=lambda n: dark_in[n])
    dark = dark_in[name]
    if dark < TWICE_OFF_DN:
        reason = f"{name} goes down to {dark:,.0f}, as if an offset of 1000 had been taken off that was not in"
        return Finding(-BASELINE_04_OFFSET, reason, False)
    if dark < (DARK_OUT_L1C_DN if level == "L1C" else DARK_OUT_DN):
        return Finding(0, f"{name} goes down to {dark:,.0f}, darker than an offset of 1000 allows", True)
    for blue, limit in RAYLEIGH_OUT_DN.items():
        if level == "L1C" and blue in dark_in and dark_in[blue] < limit:
            reason = f"{blue} goes down to {dark_in[blue]:,.0f}, darker than the light of the air and an offset of 1000"
            return Finding(0, reason, True)
    if baseline:
        late = baseline >= "04.00"
        reason = f"processing baseline {baseline} adds it"
        if not late:
            reason = f"processing baseline {baseline} does not add it"
        # A tool between ESA and the user may have taken it off; the numbers themselves do not speak against it here.
        return Finding(BASELINE_04_OFFSET if late else 0, reason, dark < 2000 if late else True)
    if dark < 1300:
        return Finding(BASELINE_04_OFFSET, f"the darkest pixels of {name} lie at {dark:,.0f}, just above 1000", False)
    if day is not None and day >= BASELINE_04_DAY:
        return Finding(BASELINE_04_OFFSET, f"ESA's products carry it since {BASELINE_04_DAY}", False)
    return Finding(0, f"there are no dark pixels to tell ({name} goes down to {dark:,.0f})", False)


def level_of(samples: Samples, *, offset: float, scale: float) -> Finding[Level]:
    """Find whether it is top-of-atmosphere or surface reflectance, from the darkest per cent of the blue bands."""
    if "B10" in samples:
        return Finding("L1C", "it has the cirrus band B10", True)
    for blue, limit in RAYLEIGH_L2A.items():
        if blue in samples:
            dark = (float(np.percentile(samples[blue], 1)) + offset) / scale
            if dark < limit:
                return Finding("L2A", f"{blue} goes down to {dark:.3f}: the light of the air has been taken off", True)
            return Finding("L1C", f"{blue} is never below {dark:.3f}, as with the light of the air", False)
    return Finding("L1C", "nothing in the file tells", False)

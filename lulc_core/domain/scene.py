"""One overpass: what is known of it (Acquisition) and its pixels on our grid (Scene)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date as Date
from datetime import datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, L2A_BAND_NAMES
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import Level

ATTRIBUTION = "Contains modified Copernicus Sentinel data {year}"
SIMULATED_ATTRIBUTION = "SIMULATED imagery, not a real observation"
LOCAL_SOLAR_HOUR = 10.5
"""Mean local solar time at which Sentinel-2 crosses, hours. Source: ESA, Sentinel-2 mission, orbit (10:30)."""
LOW_SUN_DEG = 25.0
"""Below it, shadows are more than twice as long as what casts them."""


@dataclass(frozen=True)
class Acquisition:
    """Metadata of one overpass over an area; no pixels."""

    id: str
    """Names it uniquely within its source; stable over searches; safe for a file name after quoting."""
    datetime: datetime
    """Sensing time, UTC, with time zone."""
    source: str
    """Name of the source: ``open``, ``sentinel-hub``, ``geotiff``, ``simulated``."""
    level: Level
    satellite: str
    """``S2A``, ``S2B``, ``S2C``; empty where the file does not say."""
    simulated: bool = False
    cloud_cover_pct: float | None = None
    """Cloud cover of the whole 110 km granule, per cent; None where unknown."""
    clear_share: float | None = None
    """Share of the pixels in the drawn shape that are observed and free of cloud and shadow, 0 to 1."""
    relative_orbit: int | None = None
    """1 to 143; acquisitions of one orbit look from the same side."""
    products: tuple[str, ...] = ()
    """ESA product names merged into it."""
    baseline: str = ""
    """Processing baseline, such as ``05.00``; empty where unknown."""
    bands: tuple[str, ...] = ()
    """Bands that can be loaded, where that is not all that the level has; read :attr:`available_bands`."""
    preview: bytes | None = field(default=None, compare=False, repr=False)
    """A small true-colour picture of the area, PNG or JPEG."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was assumed, what is unusual."""
    origin: tuple[str, ...] = ()
    """Where loaded pixels came from, a line each: service, product, offset, clouds; empty before they are loaded."""

    def to_json(self, *names: str) -> dict[str, Any]:
        """Write fields, and properties, as values that JSON knows.

        Args:
            names: of what is wanted, in this order; every field but the preview if none is given, from which
                :meth:`from_json` makes the acquisition again.
        """
        chosen = names or tuple(f.name for f in fields(self) if f.name != "preview")
        return {name: _plain(getattr(self, name)) for name in chosen}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Acquisition:
        """Read what :meth:`to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        lists = {name: tuple(values[name]) for name in ("products", "bands", "notes")}
        lists["origin"] = tuple(values.get("origin", ()))  # results before the open archive have none
        read = {**values, "datetime": datetime.fromisoformat(values["datetime"]), **lists}
        for name, hint in get_type_hints(cls).items():
            if name in read and not _fits(read[name], hint):
                raise ValueError(f"{name} is {read[name]!r}")
        return cls(**read)

    @property
    def date(self) -> str:
        """Sensing day, UTC, ``YYYY-MM-DD``."""
        return self.datetime.strftime("%Y-%m-%d")

    @property
    def available_bands(self) -> tuple[str, ...]:
        """Bands that can be loaded, in wavelength order: those of the file, else all that the level has."""
        names = self.bands or (BAND_NAMES if self.level == "L1C" else L2A_BAND_NAMES)
        return tuple(n for n in BAND_NAMES if n in names)

    @property
    def attribution(self) -> str:
        """What every picture and file made from it must say."""
        return SIMULATED_ATTRIBUTION if self.simulated else ATTRIBUTION.format(year=self.datetime.year)


def sun_elevation_deg(lat_deg: float, day: Date) -> float:
    """Compute the height of the sun above the horizon when Sentinel-2 passes, degrees; good to about 2 degrees.

    ``sin h = sin(lat) sin(decl) + cos(lat) cos(decl) cos(15 (t - 12))`` with the mean local solar time t = 10.5 h and
    ``decl = -23.44 cos(360 / 365 (N + 10))`` for day N of the year.

    Args:
        lat_deg: -90 to 90.
        day: any day.

    Source: Cooper 1969, doi 10.1016/0038-092X(69)90047-4 (declination, here in the cosine form of the same accuracy).
    """
    declination = math.radians(-23.44 * math.cos(math.radians(360 / 365 * (day.timetuple().tm_yday + 10))))
    latitude = math.radians(lat_deg)
    hour = math.radians(15 * (LOCAL_SOLAR_HOUR - 12))
    sine = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):  # sources compute with numpy, whose numbers JSON lacks
        return value.item()
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a value that JSON held is of the type of its field; whole numbers may stand for others."""
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        return all(isinstance(v, str) for v in value)
    return isinstance(value, hint) or (type(value) is int and isinstance(0.0, hint))


def attribution_of(acquisitions: Sequence[Acquisition]) -> str:
    """Write what pictures and files made from several acquisitions must say: one sentence with all years."""
    years = sorted({a.datetime.year for a in acquisitions if not a.simulated})
    real = [ATTRIBUTION.format(year=", ".join(map(str, years)))] if years else []
    return "; ".join([*real, *dict.fromkeys(a.attribution for a in acquisitions if a.simulated)])


@dataclass(frozen=True)
class Scene:
    """Pixels of one acquisition on a tile grid."""

    grid: TileGrid
    acquisition: Acquisition
    bands: tuple[str, ...]
    """Names of the bands in ``reflectance``, in its order. Select by name with :meth:`select`."""
    reflectance: NDArray[np.float32]
    """(bands, rows, columns) of 10 m pixels, unitless, harmonised, 0 where not observed; read-only."""
    observed: NDArray[np.bool_]
    """(rows, columns) True where the source delivered a measurement."""
    clear: NDArray[np.bool_]
    """(rows, columns) True where no cloud or shadow is known; all True where nothing is known about clouds."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: resampled, offset assumed, no cloud information."""
    clouds_known: bool = True
    """False where ``clear`` is no map of clouds: nothing is known of them, or only bright ones were looked for."""

    def __post_init__(self) -> None:
        if self.grid.tiles is not self.grid:
            raise ValueError(f"a scene lies on tiles, not on cells of {self.grid.cell_m} m: give it grid.tiles")
        shape = self.grid.shape_px
        if self.reflectance.shape != (len(self.bands), *shape):
            raise ValueError(f"reflectance has shape {self.reflectance.shape}, expected {(len(self.bands), *shape)}")
        if self.observed.shape != shape or self.clear.shape != shape:
            raise ValueError(f"observed and clear must have shape {shape}")
        for array in (self.reflectance, self.observed, self.clear):
            array.setflags(write=False)

    @property
    def clear_share(self) -> float | None:
        """Share of the drawn area that is observed and clear, 0 to 1; None where clouds are not known.

        Of a tile on the rim, pixels without data are taken to lie beyond the outline as far as they fit there: a file
        that ends at the outline has all that was drawn.
        """
        if not self.clouds_known:
            return None
        rows, cols = self.grid.shape
        observed, valid = (
            a.reshape(rows, TILE_PX, cols, TILE_PX).mean(axis=(1, 3)) for a in (self.observed, self.valid)
        )
        drawn = self.grid.coverage.astype(np.float64)
        ground = np.minimum(observed, drawn)  # drawn and observed
        clear = np.divide(valid, observed, out=np.zeros_like(valid), where=observed > 0)
        return float((ground * clear).sum() / max(drawn.sum(), 1e-9))

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(rows, columns) True where a pixel is usable: observed and clear."""
        return self.observed & self.clear

    def select(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Return reflectance of the named bands, in the order asked for.

        Returns:
            float32 (len(names), rows, columns).

        Raises:
            KeyError: the scene lacks one of them.
        """
        missing = [n for n in names if n not in self.bands]
        if missing:
            raise KeyError(f"the scene has no band {', '.join(missing)}; it has {', '.join(self.bands)}")
        return self.reflectance[[self.bands.index(n) for n in names]]

    def has(self, *names: str) -> bool:
        """Tell whether all the named bands are there."""
        return all(n in self.bands for n in names)

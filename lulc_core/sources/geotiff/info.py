"""What is known of a user's files, and what must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lulc_core.domain.errors import InputError
from lulc_core.domain.radiometry import Level
from lulc_core.sources.geotiff.names import SCL
from lulc_core.sources.geotiff.read import RasterLayer


@dataclass(frozen=True)
class Question:
    """Something the files do not say for sure."""

    key: str
    """``bands``, ``level``, ``offset``, ``scale`` or ``date``; also the argument of GeoTiffSource that answers it."""
    text: str
    options: tuple[tuple[Any, str], ...]
    """Values with their labels; empty where any value may be given (dates)."""
    guess: Any
    """What is taken if nobody answers; None where nothing can be."""
    reason: str
    """Why it is guessed so, one sentence."""


class UnansweredError(InputError):
    """Something that must be known cannot even be guessed.

    Attributes:
        question: what to ask the user; without options, any list of names may be the answer.
    """

    def __init__(self, message: str, *, hint: str, question: Question) -> None:
        super().__init__(message, hint=hint)
        self.question = question


@dataclass(frozen=True)
class GeoTiffInfo:
    """What was found in the files."""

    layers: tuple[RasterLayer, ...]
    """The bands, one each, in wavelength order, and ``SCL`` last where there is one."""
    level: Level
    offset: float
    """Added to every value: 0 or -1000 for DN."""
    scale: float
    """What reflectance 1 is in the files: 10000 for DN, 1 for reflectance, 65535 for 16-bit exports."""
    moment: datetime | None
    """Sensing time, UTC; None where nobody says."""
    moment_is_day: bool
    """True if only the day is known."""
    satellite: str
    baseline: str
    products: tuple[str, ...]
    crs: str
    """Coordinate system in words, such as ``EPSG:32632``."""
    size_px: tuple[int, int]
    """Rows and columns of the first file."""
    questions: tuple[Question, ...]
    """What the files do not say for sure; empty where all is settled."""
    notes: tuple[str, ...]
    """Sentences for the user."""
    key: str
    """Twelve hexadecimal digits that name content and answers; for ids and cache keys."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Bands there are, in wavelength order, without ``SCL``."""
        return tuple(layer.band for layer in self.layers if layer.band != SCL)

    @property
    def has_scl(self) -> bool:
        """True if the scene classification is among them."""
        return any(layer.band == SCL for layer in self.layers)

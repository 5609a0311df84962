"""What is decided of a user's files: order of bands, date, level, scale, offset. Each with its reason.

What the user says goes first, then what names and tags say, then what the numbers say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import InputError, NoAcquisitionError
from lulc_core.domain.radiometry import BASELINE_04_OFFSET, QUANTIFICATION, Level
from lulc_core.sources.geotiff.band_names import SCL, SKIP
from lulc_core.sources.geotiff.names import NameFacts, is_day, offsets_of_product, to_moment
from lulc_core.sources.geotiff.radiometry import (
    ORDERS,
    REDDER,
    Finding,
    Samples,
    level_of,
    offset_of,
    order_of,
    red_at,
    redder,
    scale_of,
)
from lulc_core.sources.geotiff.read import RasterLayer, sample

T = TypeVar("T")
_SCALE = "Which number stands for a reflectance of 1?"


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
        super().__init__(message, hint=hint, option=f"--{question.key}")
        self.question = question


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What is taken, what the user is told of it, and what should be asked."""

    value: T
    note: str = ""
    """A sentence; empty where nothing need be said."""
    question: Question | None = None
    """None where the matter is settled."""


def decide_order(
    layers: Sequence[RasterLayer], dataset: Any, colours: Sequence[str | None] = ()
) -> Decision[tuple[str, ...]]:
    """Decide which bands a file without names holds.

    Args:
        layers: its bands.
        dataset: the open file.
        colours: the band that each is by the colour that the file marks it with; None where it marks none.

    Raises:
        UnansweredError: no usual order has that many bands, and no colour is marked.
    """
    title, n_bands = layers[0].path.name, len(layers)
    marked = {i: c for i, c in enumerate(colours) if c}
    whole = len(set(marked.values())) == len(marked) >= len(RGB)
    if n_bands == 1:
        raise bands_unknown(f"Which band {title} holds is not written in it, nor in its name.")
    if n_bands not in ORDERS and not whole:
        raise bands_unknown(f"The {n_bands} bands of {title} have no names, and no usual order has {n_bands} bands.")
    values = np.stack([sample(layer, dataset) for layer in layers])
    values = values[:, np.isfinite(values).all(axis=0)]
    order = order_of(values) if n_bands in ORDERS else None
    if whole and not (order and order.sure):
        fitting = [o for o in ORDERS.get(n_bands, ()) if all(o[i] == c for i, c in marked.items())]
        taken = fitting[0] if fitting else tuple(marked.get(i, SKIP) for i in range(n_bands))
        agree = _colours_agree(taken, values)
        why = "so the file marks their colours"
        if not agree:
            why = "so the file marks their colours, although what is marked blue varies as red does"
        order = Finding(taken, why, agree and (bool(fitting) or n_bands not in ORDERS))
    assert order is not None
    names = ", ".join(order.value).replace(SKIP, "(left out)")
    note = f"The {n_bands} bands of {title} have no names; taken as {names}: {order.reason}."
    options = tuple((o, ", ".join(o)) for o in dict.fromkeys((order.value, *ORDERS.get(n_bands, ()))))
    return _taken(order, note, "bands", f"In which order are the {n_bands} bands of {title}?", options)


def check_numbers(layers: Sequence[RasterLayer], dataset: Any) -> None:
    """Check that bands called ``B1`` to ``Bn`` can be ESA's: the fourth is red then.

    Raises:
        UnansweredError: they are rather mere places.
    """
    values = np.stack([sample(layer, dataset) for layer in layers])
    values = values[:, np.isfinite(values).all(axis=0)]
    if values.shape[1] >= 100 and not red_at(values, 3):
        last = f"B{len(layers)}"
        raise bands_unknown(
            f"The bands of {layers[0].path.name} are called B1 to {last}, but B4 is not red: ESA's numbers are not "
            "meant."
        )


def _colours_agree(order: Sequence[str], values: NDArray[np.float32]) -> bool:
    """Tell whether the numbers let red be red and blue be blue: red varies more (:func:`redder`)."""
    if not {"B02", "B04"} <= set(order) or values.shape[1] < 100:
        return True
    red, blue = order.index("B04"), order.index("B02")
    return redder(values[[red, red, blue]]) > 1 / REDDER


def _taken(finding: Finding[T], note: str, key: str, text: str, options: tuple[tuple[Any, str], ...]) -> Decision[T]:
    """Take what was found, and ask about it (``key``, ``text``, ``options``) where it is not sure."""
    question = None if finding.sure else Question(key, text, options, finding.value, note)
    return Decision(finding.value, note, question)


def bands_unknown(message: str) -> UnansweredError:
    """Make the error for files of which no band is known."""
    text = "Which bands are they, in the order of the file (or of the files)?"
    return UnansweredError(
        message,
        hint="Name them in the order of the file, such as B02,B03,B04,B08; - skips one.",
        question=Question("bands", text, (), None, message),
    )


def decide_moment(
    given: Date | datetime | str | None, facts: Sequence[NameFacts], title: str
) -> Decision[datetime | None]:
    """Decide when the files were taken.

    Args:
        given: what the user says.
        facts: what names and tags of the files say.
        title: name of the first file, for messages.

    Raises:
        DateError: ``given`` is malformed.
        NoAcquisitionError: a tag or product name says that it was another day.
    """
    moments: dict[str, datetime] = {}  # by day
    for moment in (m for fact in facts for m in fact.moments):
        day = moment.date().isoformat()
        moments[day] = max(moment, moments.get(day, moment))  # a time of day tells more than a bare day
    days = ", ".join(sorted(moments))
    if given is None:
        if len(moments) == 1:
            return Decision(next(iter(moments.values())))
        made = next((f.made for f in facts if f.made), "")
        reason = (
            f"The files name several dates: {days}."
            if moments
            else f"Its name holds the day on which the file was made ({made}), not that of the image."
            if made
            else "No date is written in it."
        )
        options = tuple((day, day) for day in sorted(moments))
        return Decision(None, question=Question("date", "When was it taken?", options, None, reason))
    moment = to_moment(given if isinstance(given, str) else given.isoformat())
    written = moments.get(moment.date().isoformat())
    if written is not None:
        return Decision(written if is_day(moment) else moment)
    if not moments:
        return Decision(moment)
    written_in = next((f.moments_from for f in facts if f.moments_from), "")
    if written_in:
        raise NoAcquisitionError(
            f"{title} was taken on {days} ({written_in}), not on {moment.date()}.",
            hint=f"Leave the date out, or choose {days}.",
            nearest=tuple(m.date() for m in moments.values()),
        )
    return Decision(moment, f"Taken as of {moment.date()}, as you said; the name of the file holds {days}.")


def find_level(given: Level | None, facts: Sequence[NameFacts], layers: Sequence[RasterLayer]) -> Level | None:
    """Find the level that the user, names, tags or the bands say; None where they do not.

    Raises:
        InputError: the files are of both levels.
    """
    if given is not None:
        return given
    written = {f.level for f in facts if f.level}
    if len(written) > 1:
        raise InputError("The files mix L1C and L2A.", hint="Give files of one product.", option="--level names it")
    if written:
        return written.pop()
    bands = {layer.band for layer in layers}
    return "L1C" if "B10" in bands else "L2A" if SCL in bands else None


def decide_level(samples: Samples, *, offset: float, scale: float) -> Decision[Level]:
    """Decide the level by the numbers, where nothing else says it."""
    level = level_of(samples, offset=offset, scale=scale)
    options = (("L1C", "L1C, top of the atmosphere"), ("L2A", "L2A, surface reflectance"))
    return _taken(level, f"Taken as {level.value}: {level.reason}.", "level", "Is it L1C or L2A?", options)


def decide_scale(given: float | None, layers: Sequence[RasterLayer], samples: Samples) -> Decision[float]:
    """Decide what reflectance 1 is in the files.

    Raises:
        UnansweredError: it cannot even be guessed.
    """
    if given is not None:
        return Decision(float(given))
    spectral = [layer for layer in layers if layer.band != SCL]
    tags = {layer.tag_scale for layer in spectral}
    if len(tags) == 1 and 1e-6 < (tag := tags.pop()) < 0.1:
        return Decision(round(1 / tag, 6))
    scale = scale_of(
        samples,
        is_float=all(layer.is_float for layer in spectral),
        is_export=all("(raw)" in layer.path.name.lower() for layer in spectral),
    )
    note = "" if scale.sure else f"Reflectance 1 is taken as {scale.value:g}: {scale.reason}."
    options = (
        (10000.0, "10000 (ESA's DN)"),
        (65535.0, "65535 (16-bit export of a raw band)"),
        (26214.0, "26214 (16-bit true-colour picture, 2.5 times reflectance)"),
        (1.0, "1 (reflectance)"),
        (100.0, "100 (per cent)"),
    )
    if not scale.value:
        text = f"Which number of {layers[0].path.name} stands for a reflectance of 1 is not known: {scale.reason}."
        hint = "Export the bands raw (16 bits, or 32-bit reflectance), or name the number."
        raise UnansweredError(text, hint=hint, question=Question("scale", _SCALE, options, None, text))
    return _taken(scale, note, "scale", _SCALE, options)


def decide_offset(
    given: float | None,
    facts: Sequence[NameFacts],
    layers: Sequence[RasterLayer],
    samples: Samples,
    *,
    scale: float,
    level: Level | None,
    day: Date | None,
) -> Decision[float]:
    """Decide what is to be added to the numbers of the files: -1000 where ESA's offset is still in, else 0."""
    if given is not None:
        return Decision(float(given))
    written = {_offset_of_tag(layer, scale) for layer in layers if layer.tag_offset}
    written |= {float(f.offset) for f in facts if f.offset is not None}
    written = written or offsets_of_product(layer.path for layer in layers)
    if len(written) == 1:
        value = written.pop()
        return Decision(value, f"The file says that {value:g} is to be added to its numbers." if value else "")
    if scale not in (QUANTIFICATION, 1):
        return Decision(0.0)  # exports are scaled from harmonised numbers
    baseline = next((f.baseline for f in facts if f.baseline), "")
    as_dn = samples if scale == QUANTIFICATION else {b: v * (QUANTIFICATION / scale) for b, v in samples.items()}
    offset = offset_of(as_dn, level=level, day=day, baseline=baseline)
    still_in = BASELINE_04_OFFSET * scale / QUANTIFICATION  # in the numbers of the files
    value, title = offset.value * scale / QUANTIFICATION, f"{-still_in:g}"
    why = offset.reason if scale == QUANTIFICATION else f"in DN {offset.reason}"
    reason = f"The offset of +{title} is not in, or was taken off before: {why}."
    if value < 0:
        reason = f"The offset of +{title} is still in and was taken off: {why}."
    if value > 0:
        reason = f"The offset of +{title} was taken off though it was not in, and is put back: {why}."
    if offset.sure:
        return Decision(value, reason if value else "")
    options = [(still_in, f"still in: take {title} off"), (0.0, "not in, or taken off before")]
    options += [(value, f"taken off without need: add {title}")] if value > 0 else []
    question = Question("offset", f"Is ESA's offset of +{title} still in it?", tuple(options), value, reason)
    return Decision(value, f"Assumed: {reason}", question)


def _offset_of_tag(layer: RasterLayer, scale: float) -> float:
    """What a file's offset adds to its numbers: as GDAL means it, after scaling; or in DN, as others write it."""
    after = layer.tag_offset / layer.tag_scale
    return after if abs(after) <= scale else layer.tag_offset

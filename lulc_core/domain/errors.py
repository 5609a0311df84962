"""What can go wrong, in words that a user can act on.

Every error carries a message (what was given, what is allowed) and a hint (what to do next). Children also
inherit the builtin that they specialise, so that callers who do not know this module still catch them.
"""

from __future__ import annotations

import copyreg
from datetime import date
from typing import Any

GIVE_POLYGON = "Give a polygon, drawn or in a file, or a rectangle by its corners W,S,E,N."
"""What to do next where there is no area; it can be followed on every page and on the command line."""


def printable(text: str) -> str:
    """Return a text as it can be shown and stored: without half characters and control characters, which files hold."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


class LulcError(Exception):
    """Base of all errors meant for a user's eyes.

    Args:
        message: what was given and what is allowed, one sentence.
        hint: what to do next, one sentence; empty when there is nothing to do. It holds on pages, too.
        option: of the command line, by which one does it there; pages leave it out.

    Attributes:
        exit_code: what the command line exits with (2 bad input, 1 something outside failed).
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", option: str = "") -> None:
        message, hint = printable(message), printable(hint)
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.option = option

    def __str__(self) -> str:
        option = f"On the command line: {self.option}." if self.option else ""
        return " ".join(part for part in (self.message, self.hint, option) if part)

    def __reduce__(self) -> Any:
        # Pickled without calling __init__, whose keywords differ from kind to kind.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class InputError(LulcError, ValueError):
    """A value given by the user is not usable."""


class AoiError(InputError):
    """The area of interest is empty, crossed, swapped, too large or not an area."""


class DateError(InputError):
    """A date is malformed, in the future or before the first Sentinel-2 image."""


class FileFormatError(InputError):
    """A file is not what it should be, damaged, or unsafe to open."""


class LayerError(FileFormatError):
    """A file holds several layers with areas and none is named, or not the one that is.

    Attributes:
        layers: what there is to choose from.
    """

    def __init__(self, message: str, *, hint: str = "", layers: tuple[str, ...] = ()) -> None:
        option = "" if hint else "--aoi-layer NAME, or in Python FILE|layername=NAME"
        super().__init__(message, hint=hint or "Choose one.", option=option)
        self.layers = layers


class ModelError(InputError):
    """Weights or card are missing, damaged or do not fit each other."""


class NoAcquisitionError(LulcError, LookupError):
    """Nothing was acquired over the area in the period.

    Attributes:
        nearest: dates of the nearest acquisitions outside the period, nearest first; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "", nearest: tuple[date, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.nearest = nearest


class SourceError(LulcError, OSError):
    """Something outside this program failed: service, network, disk."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", option: str = "") -> None:
        LulcError.__init__(self, message, hint=hint, option=option)


class CredentialsError(SourceError, PermissionError):
    """Client id, secret or token address are missing or were refused.

    Attributes:
        part: which one is at fault: ``id``, ``secret``, ``url`` or ``missing``.
    """

    def __init__(self, message: str, *, hint: str = "", part: str = "missing") -> None:
        super().__init__(message, hint=hint)
        self.part = part


class QuotaError(SourceError):
    """Processing units or requests of the account are used up, or the rate limit never gave way."""


class NetworkError(SourceError, ConnectionError):
    """The service could not be reached or did not answer in time."""


class ServiceError(SourceError):
    """The service answered, but with an error or with something unreadable."""


class CancelledError(LulcError):
    """The user stopped the work."""

    exit_code = 130

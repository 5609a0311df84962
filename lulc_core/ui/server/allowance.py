"""What the operator lets one session, and all sessions in a day, spend: requests, processing units, area."""

from __future__ import annotations

import functools
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lulc_core.domain.errors import LulcError, QuotaError
from lulc_core.domain.files import write_whole
from lulc_core.ui import resources, words

NAMES = {"requests": "requests to the service", "units": "processing units", "km2": "km² of maps"}
"""What is counted, as a user reads it."""


@dataclass
class Spent:
    """What has been spent of each of :data:`NAMES`."""

    amounts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(NAMES, 0.0))

    def check(self, whose: str, limits: dict[str, float], wanted: dict[str, float], hint: str) -> None:
        """Refuse what would go over a limit; 0 is none.

        Raises:
            QuotaError: with what was used, what is wanted, and the limit.
        """
        for name, amount in wanted.items():
            limit, used = limits[name], self.amounts[name]
            if amount and limit and used + amount > limit + 1e-9:
                raise QuotaError(
                    f"This would take {_amount(amount)} {NAMES[name]}; {whose} may use {_amount(limit)} and "
                    f"{'has' if whose.startswith('this') else 'have'} used {_amount(used)}.",
                    hint=hint,
                )

    def add(self, wanted: dict[str, float]) -> None:
        """Count what is spent now."""
        for name, amount in wanted.items():
            self.amounts[name] += amount


class Day:
    """What all sessions have spent today (UTC); kept in a file, so that a new start does not forget it."""

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        self._file = file
        self._day, self._spent = "", Spent()

    def spent(self) -> Spent:
        """Return what was spent today; hold the lock while it is used."""
        day = datetime.now(UTC).date().isoformat()
        if day != self._day:
            self._day, self._spent = day, Spent()
            with suppress(OSError, ValueError, TypeError, KeyError):
                kept = json.loads(self._file.read_text(encoding="utf-8"))
                if kept["day"] == day:
                    self._spent = Spent({name: max(0.0, float(kept.get(name, 0.0))) for name in NAMES})
        return self._spent

    def keep(self) -> None:
        """Write what was spent to the file; a folder that cannot be written is no reason to stop anybody."""
        with suppress(OSError, LulcError):
            write_whole(self._file, json.dumps({"day": self._day, **self._spent.amounts}).encode())


@functools.cache
def day_of(folder: Path) -> Day:
    """Return the count of this process for a cache folder."""
    return Day(folder / "used-today.json")


@dataclass
class Allowance:
    """Of one session."""

    own: Spent = field(default_factory=Spent)

    def spend(self, requests: int, processing_units: float) -> None:
        """Count requests on the account of the server before they are sent.

        Raises:
            QuotaError: a limit would be passed; then nothing is counted.
        """
        self._take({"requests": float(requests), "units": processing_units})

    def take_area(self, km2: float) -> None:
        """Count the area of a map before it is made.

        Raises:
            QuotaError: a limit would be passed; then nothing is counted.
        """
        self._take({"km2": km2})

    def _take(self, wanted: dict[str, float]) -> None:
        settings = resources.settings()
        limits = {kind: {name: getattr(settings, f"{kind}_{name}") for name in NAMES} for kind in ("session", "day")}
        day = day_of(settings.cache_dir)
        with day.lock:
            spent = day.spent()
            ask = "or ask whoever runs this server."
            self.own.check("this session", limits["session"], wanted, f"Choose a smaller area, {ask}")
            spent.check("all users together", limits["day"], wanted, f"Try again tomorrow (UTC), {ask}")
            self.own.add(wanted)
            spent.add(wanted)
            if any(limits["day"].values()):
                day.keep()


def _amount(value: float) -> str:
    return words.number(value, 0 if value == round(value) or value >= 100 else 1)

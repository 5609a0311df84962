"""The operator's limits: of a session, of a day, over a restart; an own account spends what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lulc_core.domain.errors import QuotaError
from lulc_core.ui import resources
from lulc_core.ui.server import allowance
from lulc_core.ui.server.allowance import Allowance


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch, own_cache_folder: Path) -> Iterator[None]:
    """50 units and 100 km2 for a session, 80 units and 150 km2 for a day."""
    for name, value in {"SESSION_UNITS": "50", "SESSION_KM2": "100", "DAY_UNITS": "80", "DAY_KM2": "150"}.items():
        monkeypatch.setenv(f"LULC_{name}", value)
    resources.settings.clear()
    yield
    monkeypatch.undo()
    resources.settings.clear()


def test_a_session_spends_up_to_its_limit_and_hears_what_was_used() -> None:
    mine = Allowance()
    mine.spend(400, 30.0)
    with pytest.raises(QuotaError) as refused:
        mine.spend(1, 20.5)
    assert str(refused.value) == (
        "This would take 20.5 processing units; this session may use 50 and has used 30. "
        "Choose a smaller area, or ask whoever runs this server."
    )
    mine.spend(1, 20.0)
    mine.take_area(100)
    with pytest.raises(QuotaError, match="km² of maps"):
        mine.take_area(1)


def test_the_limit_of_a_day_holds_for_all_sessions_and_over_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    Allowance().spend(1, 45)
    Allowance().spend(1, 30)
    allowance.day_of.cache_clear()  # as after a new start
    with pytest.raises(QuotaError, match=r"all users together may use 80 and have used 75.*tomorrow"):
        Allowance().spend(1, 10)
    Allowance().spend(1, 5)
    day = allowance.day_of(resources.settings().cache_dir)
    monkeypatch.setattr(day, "_day", "2020-01-01")
    day._file.write_text('{"day": "2020-01-01", "units": 80}')
    Allowance().spend(1, 10)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"day": 3}', '{"units": 4}'])
def test_a_damaged_count_stops_nobody(text: str) -> None:
    day = allowance.day_of(resources.settings().cache_dir)
    day._file.parent.mkdir(parents=True, exist_ok=True)
    day._file.write_text(text)
    Allowance().spend(1, 10)


def test_without_limits_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("SESSION", "DAY"):
        for name in ("UNITS", "KM2"):
            monkeypatch.delenv(f"LULC_{kind}_{name}")
    resources.settings.clear()
    Allowance().spend(10**6, 1e6)
    Allowance().take_area(1e9)

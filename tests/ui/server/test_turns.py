"""Turns are fair between sessions, and work that several want is done once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lulc_core.domain.errors import CancelledError, InputError, LulcError
from lulc_core.ui.server.shared import SharedWork
from lulc_core.ui.server.turns import Turns


def test_sessions_come_one_after_the_other_however_much_one_asks_for() -> None:
    turns, order = Turns(1), []
    turns.take("first")

    def ask(owner: str) -> None:
        turns.take(owner)
        order.append(owner)
        turns.give_back(owner)

    with ThreadPoolExecutor(8) as pool:
        for owner in ["first"] * 5 + ["second", "third"]:
            pool.submit(ask, owner)
            time.sleep(0.02)
        turns.give_back("first")
    assert order[:2] == ["second", "third"] and order[2:] == ["first"] * 5


def test_long_work_is_not_overtaken_for_ever_by_sessions_that_have_just_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lulc_core.ui.server.turns.LATE_S", 0.3)
    turns, order = Turns(1), []

    def ask(owner: str) -> None:
        turns.take(owner)
        order.append(owner)
        turns.give_back(owner)

    turns.take("long")
    turns.give_back("long")
    turns.take("other")
    with ThreadPoolExecutor(4) as pool:
        pool.submit(ask, "long")
        time.sleep(0.4)
        pool.submit(ask, "new")
        time.sleep(0.05)
        turns.give_back("other")
    assert order == ["long", "new"]


def test_what_is_too_large_is_overtaken_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, done = Turns(10), []
    turns.take("a", 6)
    with ThreadPoolExecutor(4) as pool:
        large = pool.submit(lambda: done.append(turns.take("b", 8)))
        time.sleep(0.05)
        assert turns.take("c", 3) == 3, "there is room for this one"
        turns.give_back("c", 3)
        monkeypatch.setattr("lulc_core.ui.server.turns.OVERTAKEN_S", 0.0)
        late = pool.submit(lambda: done.append(turns.take("c", 3)))
        time.sleep(0.3)
        assert done == []
        turns.give_back("a", 6)
        large.result(5)
        turns.give_back("b", 8)
        late.result(5)
    assert done == [8, 3]


def test_who_is_stopped_leaves_the_queue() -> None:
    turns = Turns(1)
    turns.take("a")
    with pytest.raises(CancelledError):
        turns.take("b", stopped=lambda: True)
    assert not turns.others_wait("a")
    turns.give_back("a")
    assert turns.take("b") == 1


def asked(work: SharedWork[int], make, n: int, cancelled=lambda: False) -> list:
    def one(_: int):
        try:
            return work.get("key", make, cancelled=cancelled)
        except LulcError as error:
            return error

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))


def test_twenty_who_want_the_same_have_it_done_once() -> None:
    calls = []

    def make() -> int:
        calls.append(1)
        time.sleep(0.2)
        return 42

    work: SharedWork[int] = SharedWork()
    assert asked(work, make, 20) == [42] * 20 and len(calls) == 1
    assert work.get("key", make, cancelled=lambda: False) == 42 and len(calls) == 2, "nothing is kept"


def test_an_error_is_that_of_all_who_waited() -> None:
    def make() -> int:
        time.sleep(0.2)
        raise InputError("Not like this.")

    found = asked(SharedWork(), make, 3)
    assert all(isinstance(error, InputError) for error in found)


def test_where_the_first_is_stopped_another_goes_on() -> None:
    calls, lock = [], threading.Lock()

    def make() -> int:
        with lock:
            calls.append(1)
            first = len(calls) == 1
        time.sleep(0.2)
        if first:
            raise CancelledError("Stopped, as you asked.")
        return 7

    found = asked(SharedWork(), make, 4)
    assert sum(isinstance(f, CancelledError) for f in found) == 1 and found.count(7) == 3 and len(calls) == 2

"""Background work: progress, stopping, errors that stay in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lulc_core.domain.errors import CancelledError, InputError
from lulc_core.domain.progress import check_cancelled
from lulc_core.ui import jobs, resources


def wait(job: jobs.Job, seconds: float = 10) -> None:
    until(lambda: job.done, seconds)


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.005)


def test_progress_is_seen_while_it_runs_and_the_result_after() -> None:
    gate, reached = threading.Event(), threading.Event()

    def work(report, stopped):
        report(0.25, "a quarter")
        reached.set()
        gate.wait(10)
        report(7, "more than all")
        return 42

    job = jobs.start("Counting", work)
    assert reached.wait(10)
    assert (job.done, job.fraction, job.message) == (False, 0.25, "a quarter")
    gate.set()
    wait(job)
    assert (job.result(), job.fraction, job.error, job.cancelled) == (42, 1.0, None, False)


def test_cancel_stops_work_that_has_begun() -> None:
    begun = threading.Event()

    def work(report, stopped):
        begun.set()
        while True:
            check_cancelled(stopped)
            time.sleep(0.005)

    job = jobs.start("Endless", work)
    assert begun.wait(10)
    job.cancel()
    assert job.stopping or job.done
    wait(job)
    assert job.cancelled and job.error is None
    with pytest.raises(CancelledError):
        job.result()


@pytest.fixture
def one_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that computes one thing at a time, with 100 MB for maps."""
    monkeypatch.setenv("LULC_COMPUTING", "1")
    monkeypatch.setenv("LULC_MEMORY_MB", "100")
    forget_server()
    yield
    monkeypatch.undo()
    forget_server()


def forget_server() -> None:
    for kept in (jobs.processors, jobs.memory):
        kept.cache_clear()
    resources.settings.clear()


def visit(monkeypatch: pytest.MonkeyPatch, session: str) -> None:
    """The page of a session runs now."""
    monkeypatch.setattr(jobs, "current_session", lambda: session)


def test_cancel_stops_work_that_still_waits_for_its_turn(one_processor: None) -> None:
    gate, ran = threading.Event(), threading.Event()
    busy = jobs.start("Busy", lambda *_: gate.wait(10), heavy=True)
    until(lambda: busy.message == "Busy")
    job = jobs.start("Queued", lambda *_: ran.set(), heavy=True)
    assert not job.done and "Waiting" in job.message
    job.cancel()
    wait(job)
    assert job.cancelled
    gate.set()
    wait(busy)
    assert not ran.is_set()


def test_work_that_can_wait_takes_no_turn_meanwhile_and_is_stopped_at_once(one_processor: None) -> None:
    later = jobs.start("Later", lambda report, stopped: 1, heavy=True, after_s=60)
    first = jobs.start("First", lambda report, stopped: 2, heavy=True)
    wait(first)
    assert not later.done
    later.cancel()
    wait(later)
    assert later.cancelled


def test_downloads_leave_the_turn_to_what_computes(one_processor: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many slow downloads, then a small map of somebody else: it does not wait for them."""
    gate, order = threading.Event(), []

    def downloading(report, stopped):
        with jobs.off_turn():
            gate.wait(60)
        order.append("download")

    visit(monkeypatch, "first")
    slow = [jobs.start("Slow", downloading, heavy=True, turn=False) for _ in range(12)]
    visit(monkeypatch, "second")
    small = jobs.start("Small", lambda *_: order.append("small"), heavy=True)
    wait(small)
    assert order == ["small"]
    gate.set()
    for job in slow:
        wait(job)
    assert order == ["small", *["download"] * 12]


def test_long_work_pauses_for_other_sessions_and_goes_on(one_processor: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLICE_S", 0.05)
    ended = threading.Event()

    def long(report, stopped):
        while not ended.is_set():
            report(0.5, "Working")
            time.sleep(0.005)

    visit(monkeypatch, "first")
    first = jobs.start("Long", long, heavy=True, can_pause=True)
    until(lambda: first.message == "Working")
    visit(monkeypatch, "second")
    other = jobs.start("Short", lambda *_: 1, heavy=True)
    wait(other)
    assert not first.done
    until(lambda: first.message == "Working")
    ended.set()
    wait(first)


def test_memory_is_kept_for_what_fits_and_smaller_work_may_overtake(one_processor: None) -> None:
    gate = threading.Event()

    def work(*_):
        with jobs.off_turn():
            gate.wait(10)

    first = jobs.start("Sixty", work, heavy=True, megabytes=60)
    until(lambda: first.message == "Sixty")
    large = jobs.start("More than all there is", lambda *_: 1, heavy=True, megabytes=5000)
    wait(jobs.start("Small", lambda *_: 1, heavy=True, megabytes=30))
    assert not large.done
    gate.set()
    wait(large)
    assert jobs.memory()._free == 100 and jobs.processors()._free == 1


def test_work_of_a_closed_tab_stops_and_of_one_that_comes_back_does_not(
    one_processor: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = {"first": True, "second": True}
    monkeypatch.setattr(jobs, "is_open", lambda session: opened[session])
    monkeypatch.setenv("LULC_LEFT_S", "0.2")
    resources.settings.clear()

    def endless(report, stopped):
        while True:
            check_cancelled(stopped)
            time.sleep(0.005)

    running = {}
    for session in opened:
        visit(monkeypatch, session)
        running[session] = jobs.start("Endless", endless, quiet=True)
    opened.update(first=False, second=False)
    time.sleep(0.1)
    opened["second"] = True
    wait(running["first"])
    assert running["first"].cancelled and not running["second"].done
    running["second"].cancel()
    wait(running["second"])


def test_an_error_is_kept_and_only_an_unexpected_one_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def expected(report, stopped):
        raise InputError("Too large.", hint="Smaller.")

    def unexpected(report, stopped):
        raise ZeroDivisionError("inner workings")

    first, second = jobs.start("First", expected), jobs.start("Second", unexpected)
    wait(first)
    wait(second)
    deadline = time.monotonic() + 5
    while "inner workings" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(first.error, InputError) and isinstance(second.error, ZeroDivisionError)
    assert "inner workings" in caplog.text and "Too large" not in caplog.text


def test_a_slot_gives_its_job_once_and_drops_the_one_before() -> None:
    gate = threading.Event()
    slot: jobs.JobSlot[int] = jobs.JobSlot()
    assert not slot and slot.poll() is None
    slot.start("First", lambda *_: int(gate.wait(10)))
    first = slot.job
    assert slot and first is not None and slot.poll() is None
    slot.start("Second", lambda *_: 2)
    assert first.stopping or first.cancelled, "what comes late of the one before is taken in by nobody"
    second = slot.job
    assert second is not None
    wait(second)
    assert slot.poll() is second and second.result() == 2
    assert not slot and slot.poll() is None
    gate.set()
    slot.start("Third", lambda *_: 3)
    slot.drop()
    assert not slot

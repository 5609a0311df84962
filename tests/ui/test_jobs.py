"""Background work: progress, stopping, errors that stay in it."""

from __future__ import annotations

import threading
import time

import pytest

from lulc_core.domain.errors import CancelledError, InputError
from lulc_core.domain.progress import check_cancelled
from lulc_core.ui import jobs


def wait(job: jobs.Job, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not job.done:
        assert time.monotonic() < deadline, "the job did not end"
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


def test_cancel_stops_work_that_still_waits_for_its_turn() -> None:
    gate = threading.Event()
    busy = [jobs.start("Busy", lambda *_: gate.wait(10), heavy=True) for _ in range(jobs.MAX_HEAVY)]
    ran = threading.Event()
    job = jobs.start("Queued", lambda *_: ran.set(), heavy=True)
    assert not job.done and "Waiting" in job.message
    job.cancel()
    assert job.cancelled
    gate.set()
    for other in busy:
        wait(other)
    assert not ran.is_set()


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

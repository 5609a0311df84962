"""Jobs end at their deadline, at a stop, and at the first error; the caller gets each result once."""

from __future__ import annotations

import threading
import time

import pytest

from lulc_core.domain.errors import CancelledError
from lulc_core.sources.deadline_jobs import GRACE_S, Control, run_jobs, run_one

LIMITS = {"limit_s": 20.0, "timeout_error": lambda: TimeoutError("too slow")}


def test_each_result_comes_once_with_its_position() -> None:
    jobs = [lambda control, i=i: 10 * i for i in range(7)]
    assert sorted(run_jobs(jobs, parallel=3, **LIMITS)) == [(i, 10 * i) for i in range(7)]
    assert list(run_jobs([], **LIMITS)) == []


def test_no_more_than_so_many_run_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def job(control: Control) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    list(run_jobs([job] * 8, parallel=2, **LIMITS))
    assert most == 2


def test_the_first_error_is_raised_and_the_other_jobs_are_stopped() -> None:
    stopped = threading.Event()

    def waits(control: Control) -> None:
        control.stop.wait(10)
        with pytest.raises(CancelledError):
            control.check()
        stopped.set()

    def fails(control: Control) -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        list(run_jobs([waits, fails], parallel=2, **LIMITS))
    assert stopped.wait(5)


def test_a_job_that_ignores_its_deadline_is_left_behind() -> None:
    release, begun = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError, match="too slow"):
        run_one(lambda control: release.wait(30), limit_s=0.1, timeout_error=LIMITS["timeout_error"])
    release.set()
    assert GRACE_S <= time.monotonic() - begun < GRACE_S + 8


def test_the_jobs_own_error_after_its_deadline_is_the_one_that_is_raised() -> None:
    def job(control: Control) -> None:
        while control.left_s > -0.2:
            time.sleep(0.01)
        raise ValueError("what hung")

    with pytest.raises(ValueError, match="what hung"):
        run_one(job, limit_s=0.1, timeout_error=LIMITS["timeout_error"])


def test_cancelling_is_noticed_while_a_job_hangs() -> None:
    release, waits = threading.Event(), []

    def cancelled() -> bool:
        waits.append(1)
        return len(waits) > 2

    with pytest.raises(CancelledError):
        run_one(lambda control: release.wait(30), cancelled=cancelled, **LIMITS)
    release.set()


def test_the_caller_hears_that_it_waits() -> None:
    waits: list[int] = []
    jobs = [lambda control: time.sleep(0.3)]
    list(run_jobs(jobs, on_wait=lambda: waits.append(threading.get_ident()), **LIMITS))
    assert len(waits) >= 2 and set(waits) == {threading.get_ident()}

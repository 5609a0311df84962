"""Functions run in a child process: what comes back, what is refused, what an end of the child looks like."""

from __future__ import annotations

import os
import socket
import sys
import threading

import numpy as np
import pytest

from lulc_core.domain.errors import AoiError, FileFormatError
from lulc_core.isolation import calls
from tests.isolation.files import do, parts

linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")


def test_values_arrays_and_shapes_come_back():
    assert do("echo", {"a": [1, "b", None]}) == {"a": [1, "b", None]}
    assert do("square").name == "square"
    array = do("echo", np.arange(12, dtype=np.float32).reshape(3, 4))
    np.testing.assert_array_equal(array, np.arange(12, dtype=np.float32).reshape(3, 4))
    array += 1  # writable, as if made here


def test_parts_come_one_by_one():
    assert [(i, float(a.mean())) for i, a in parts(3)] == [(0, 0), (1, 1), (2, 2)]
    first = next(iter(parts(1000)))  # the rest is never made
    assert first[0] == 0


def test_errors_for_users_come_back_as_they_are():
    with pytest.raises(AoiError) as caught:
        do("fail")
    assert (caught.value.message, caught.value.hint) == ("It crosses itself.", "Draw it again.")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("bug", "breaks the program"),
        ("die", "breaks the program"),
        ("memory", "300 MB of memory"),
        ("output", "breaks the program"),
        ("array", "breaks the program"),
        ("foreign", "breaks the program"),
    ],
)
def test_what_a_child_may_not_do_ends_in_one_sentence(what, words):
    with pytest.raises(FileFormatError, match=words) as caught:
        do(what)
    assert caught.value.message.startswith(f"{what}.tif was not read")


@pytest.mark.parametrize("deed", ["spin", "hang"])
def test_a_child_that_does_not_end_is_killed(deed):
    with pytest.raises(FileFormatError, match=r"more than 2 s"):
        do(deed)


def test_a_child_that_waits_for_the_processor_is_not():
    """Its time is that which it computes: a busy machine makes no file bad."""
    assert do("wait", 2.5) == 2.5


def test_a_child_reads_what_the_call_names(tmp_path):
    given = tmp_path / "given"
    given.write_bytes(b"given")
    assert do("read", given) == b"given"


@linux
def test_a_child_sees_no_other_file_and_changes_none(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.write_bytes(b"hidden")
    assert do("read hidden", hidden.parts[1:]) == "PermissionError"
    assert do("read hidden", ("etc", "passwd")) == "PermissionError"
    assert do("write", hidden) == "PermissionError"  # it may read what the call names, no more
    assert hidden.read_bytes() == b"hidden"


@linux
def test_a_child_has_no_network_no_program_and_no_hold_on_others():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert do("connect", server.getsockname()) == "PermissionError"
    assert do("program") == "PermissionError"
    assert do("signal", os.getpid()) == "PermissionError"


def test_each_call_has_a_child_of_its_own_with_a_clean_environment(monkeypatch):
    monkeypatch.setenv("SH_CLIENT_SECRET", "secret")
    assert do("pid") != do("pid")
    assert not [name for name in do("environment") if name.startswith(("SH_", "LULC_"))]


@linux
def test_a_call_outlives_the_end_of_what_children_are_forked_from():
    assert do("echo", 1) == 1
    calls._nursery._process.kill()
    calls._nursery._process.wait()
    assert do("echo", 2) == 2


def test_calls_from_many_threads_do_not_mix():
    found = {}

    def call(i):
        found[i] = do("echo", i)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {i: i for i in range(12)}

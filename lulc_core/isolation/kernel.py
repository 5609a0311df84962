"""What Linux can take away from a process: files (Landlock), the network and other programs (seccomp).

Both bind the process that asks, need no rights, and cannot be undone. Where the kernel has none of it (other systems,
old kernels, other processors) the call does nothing and says so.
Source: Linux, Documentation/userspace-api/landlock.rst and seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every processor
_READ_FILE, _READ_DIR, _EXECUTE = 1 << 2, 1 << 3, 1 << 0
_FILE_RIGHTS = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15  # execute, write, read, truncate, ioctl
_RIGHTS_BY_VERSION = ((1, 1 << 13), (2, 1 << 14), (3, 1 << 15), (5, 1 << 16))
"""All rights on files are below the number, from the version of Landlock on."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_FILTER = 38, 22, 2
_EACCES = 13

_REFUSED = {
    # socket, connect, execve, execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, bpf, unshare,
    # memfd_create (memory that no limit counts)
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 310, 311, 425, 321, 272, 319)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 270, 271, 425, 280, 97, 279)),
}
"""By processor: its number in seccomp, and the numbers of the calls."""


@dataclass(frozen=True)
class FileRules:
    """What a process may do with files, before :func:`restrict_files` makes it hold."""

    descriptor: int
    rights: int
    """All that can be taken away."""

    def allow(self, path: Path, rights: int) -> None:
        """Allow some rights on a file, or a folder and all below it."""
        with suppress(OSError):  # what is not there needs no permission
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            granted = rights if os.path.isdir(path) else rights & _FILE_RIGHTS
            _libc().syscall(_LANDLOCK_ADD, self.descriptor, 1, struct.pack("=Qi", granted, place), 0)
            os.close(place)


def file_rules() -> FileRules | None:
    """Begin rules that allow reading the libraries of Python; None where the kernel has none."""
    if sys.platform != "linux":
        return None
    libc = _libc()
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return None
    rights = next(limit - 1 for least, limit in reversed(_RIGHTS_BY_VERSION) if version >= least)
    network = 3 if version >= 4 else 0  # bind and connect over TCP
    scope = 3 if version >= 6 else 0  # abstract sockets of others, signals to others
    attributes = struct.pack("QQQ", rights, network, scope)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    descriptor = libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if descriptor < 0:
        return None
    rules = FileRules(descriptor, rights)
    for path in _libraries():
        rules.allow(path, _READ_FILE | _READ_DIR)
    return rules


def restrict_files(rules: FileRules | None, readable: Iterable[Path], folder: Path) -> bool:
    """Let this process read what the rules allow and ``readable`` only, write ``folder`` only, signal nobody.

    Returns:
        True if the kernel does so from now on.
    """
    if rules is None:
        return False
    for path in readable:
        rules.allow(path, _READ_FILE | _READ_DIR)
    rules.allow(folder, rules.rights)
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(_LANDLOCK_RESTRICT, rules.descriptor, 0) == 0
    os.close(rules.descriptor)
    return bool(done)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def restrict_calls() -> bool:
    """Refuse this process sockets, other programs and the memory of others.

    Returns:
        True if the kernel does so from now on.
    """
    if sys.platform != "linux" or platform.machine() not in _REFUSED:
        return False
    processor, calls = _REFUSED[platform.machine()]
    load, equal, at_least, ret = 0x20, 0x15, 0x35, 0x06  # of the classic BPF machine
    refuse = [(ret, 0, 0, 0x00050000 | _EACCES)]
    program = [
        (load, 0, 0, 4),  # the processor for which the call was made
        (equal, 1, 0, processor),
        *refuse,
        (load, 0, 0, 0),  # the number of the call
        (at_least, 0, 1, 0x40000000),  # the same calls by other numbers (x32)
        *refuse,
        *((equal, len(calls) - i, 0, number) for i, number in enumerate(calls)),
        (ret, 0, 0, 0x7FFF0000),  # allowed
        *refuse,
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(filter_), 0, 0) == 0)


def _libraries() -> list[Path]:
    """Where Python, its packages and the libraries of the system lie."""
    names = [sys.prefix, sys.base_prefix, *filter(None, sys.path), str(Path(__file__).parents[1])]
    system = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share", "/etc/ld.so.cache")
    return [Path(name).resolve() for name in (*names, *system, "/dev/null", "/dev/urandom", "/etc/localtime")]

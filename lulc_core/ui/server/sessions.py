"""Who visits: the session of a run, whether its tab is still open, and what goes when it ends."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lulc_core.ui import resources

EVERY_S = 5.0
"""How often the house is kept."""
MAPS = ("explore", "compare", "spectra")
"""What of a session's state holds imagery; its link brings it back."""


def current_session() -> str:
    """Return the session whose page runs in this thread; empty where none does."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def is_open(session: str) -> bool:
    """Return whether a browser is connected to a session; True where that cannot be known (tests, no session)."""
    return not session or not runtime.exists() or runtime.get_instance().is_active_session(session)


@st.cache_resource(scope="session", show_spinner=False, on_release=lambda folder: _leave(folder))
def session_folder() -> Path:
    """Return a folder for what a session has uploaded; it is deleted when the session is over.

    Streamlit releases it as soon as the page is left, which a reload is too: it waits as long as a session does.
    """
    return Path(tempfile.mkdtemp(prefix="lulc-upload-"))


_left: dict[Path, float] = {}
"""Folders of pages that were left, and when, while the house is kept."""
_keeping: list[bool] = []


def _leave(folder: Path) -> None:
    if _keeping:
        _left[folder] = time.monotonic()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _delete_left(longer_than_s: float) -> None:
    for folder, since in list(_left.items()):
        if time.monotonic() - since >= longer_than_s:
            shutil.rmtree(folder, ignore_errors=True)
            del _left[folder]


def make_room(newest: Path, bound_bytes: float) -> None:
    """Delete what a session uploaded earlier, the oldest first, until its folder is within a bound."""

    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    folders = sorted(newest.parent.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
    total = sum(map(size, folders))
    for folder in folders:
        if total > bound_bytes and folder != newest:
            total -= size(folder)
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def keep_house(_app: Any) -> AsyncIterator[None]:
    """Let sessions end on time, with their uploads: the lifespan of ``st.App``.

    Streamlit looks for sessions whose time is over (``server.disconnectedSessionTTL``) only when another one comes or
    goes: the uploads of the last visitor of the day would lie there all night.
    """
    _few_arenas()
    _keeping.append(True)
    task = asyncio.create_task(_keep_house())
    try:
        yield
    finally:
        _keeping.pop()
        _delete_left(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_house() -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        # On the event loop, as Streamlit does it itself: listing the sessions drops those that are over.
        sessions = runtime.get_instance()._session_mgr.list_sessions()
        _delete_left(config.get_option("server.disconnectedSessionTTL"))
        if resident_mb() > resources.settings().server_mb:
            for left in sessions:
                if left.client is None:
                    _forget_maps(left.session)
            gc.collect()  # ended sessions are rings of references, and by itself Python looks for these rarely
        give_memory_back()


def _forget_maps(session: Any) -> None:
    state = session.session_state
    for name in MAPS:
        with suppress(KeyError):
            del state[name]
    # What a page showed is held by the callbacks of its widgets and by its fragments too; a run makes these anew.
    state._new_widget_state.widget_metadata.clear()
    session._fragment_storage.clear()


def resident_mb() -> float:
    """Return what this process has in memory, MB; 0 where the system does not tell (it is Linux that does)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _few_arenas() -> None:
    """Have the C library (glibc) keep few pools of memory: with one for each thread, what was freed piles up."""
    m_arena_max = -8  # malloc.h
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(m_arena_max, 2)


def give_memory_back() -> None:
    """Hand memory that was freed back to the system, where the C library can (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)

"""What outlives one run of a page: settings, the network, finished maps. Shared by all sessions, bounded."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st
from cachetools import LRUCache

from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M
from lulc_core.settings import Settings, load_settings
from lulc_core.ui.forms import SHARED, MapRequest

if TYPE_CHECKING:
    from lulc_core.domain.grid import TileGrid
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.model.classifier import Classifier

SOURCES = ("open", "sentinel-hub", "geotiff", "simulated")
"""Names of the sources, in the order that a user is offered them; the catalogues say what a user reads."""


@dataclass(frozen=True)
class Credentials:
    """An account that a user typed in: lives in that session's memory only."""

    client_id: str
    client_secret: str
    base_url: str
    token_url: str

    def __repr__(self) -> str:
        return "Credentials(***)"


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once."""
    return load_settings()


def settings_with(credentials: Credentials | None) -> Settings:
    """Return the server's settings, with the account of one session in them where it has one."""
    if credentials is None:
        return settings()
    return replace(
        settings(),
        sh_client_id=credentials.client_id,
        sh_client_secret=credentials.client_secret,
        sh_base_url=credentials.base_url,
        sh_token_url=credentials.token_url,
    )


def scope_of(source: str, credentials: Credentials | None, session: str) -> str:
    """Return who may share the answers of a source: everybody, or this session only."""
    everybodys = source in ("simulated", "open") or (source == "sentinel-hub" and credentials is None)
    return SHARED if everybodys else session


_LOOKED_S = 60.0
"""So long an answer whether the open archive answers holds for all sessions."""
_looked: dict[str, tuple[float, str]] = {}
_looking = threading.Lock()


def why_no_open_archive() -> str:
    """Ask whether the open archive answers, for all sessions at once. Call it in a thread: it may take seconds.

    Returns:
        Empty where it answers, else a sentence that says why not.
    """
    url = settings().gcs_url
    with _looking:
        asked, why = _looked.get(url, (0.0, ""))
        if not asked or time.monotonic() - asked > _LOOKED_S:
            from lulc_core.sources.check import why_no_open_archive as ask

            why = ask(settings())
            _looked[url] = time.monotonic(), why
        return why


TILES_PER_S = 100.0
"""Of the shipped network on two cores, until this process has measured its own (docs/benchmarks.md)."""
LOADING_S = 2.0
"""Importing torch and reading the weights, two cores."""
_speed: list[float] = []
_loading = threading.Lock()
_networks: dict[str, Classifier] = {}


def classifier() -> Classifier:
    """Return the network of the settings, loaded once in a process. Call it in a thread: torch takes seconds to import.

    Raises:
        ModelError: weights or card are missing or damaged.
    """
    name = settings().model
    with _loading:
        if name not in _networks:
            from lulc_core.model.classifier import load_classifier

            _networks[name] = load_classifier(name)
        return _networks[name]


def load_ahead(cell_m: int) -> None:
    """Load the network, and for cells finer than tiles what classifies their windows. Call it in a thread."""
    network = classifier()
    if cell_m < TILE_M:
        network.prepare_windows()


WORK_OF_TILE = {640: 1.0, 320: 3.0, 160: 3.0, 80: 10.5}
"""What the ground of a tile takes at each resolution, in tiles: itself, and its windows (docs/detail.md)."""


def seconds_to_classify(grid: TileGrid) -> float:
    """Estimate the time of the network on this machine, with loading it where it is not loaded yet."""
    loading = 0.0 if settings().model in _networks else LOADING_S
    return loading + _work(grid) / (_speed[-1] if _speed else TILES_PER_S)


def _work(grid: TileGrid) -> float:
    return grid.tiles.n_tiles * WORK_OF_TILE[grid.cell_m]


def keep_result(request: MapRequest, result: ClassifyResult) -> None:
    """Keep a finished map for coming back to it, and remember how fast the network was."""
    results().put(request, result)
    grid, seconds = result.land_cover.grid, result.timings_s.get("predict", 0.0)
    if grid.n_tiles and seconds > 0:
        _speed[:] = [_work(grid) / seconds]


class ResultStore:
    """Finished maps by request; the least recently used go when there are too many bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.Lock()
        # A single map larger than the bound counts as the whole bound: it stays, alone.
        self._results: LRUCache[MapRequest, ClassifyResult] = LRUCache(
            max_bytes, getsizeof=lambda result: min(_size(result), max_bytes)
        )

    def get(self, request: MapRequest) -> ClassifyResult | None:
        """Return the map of that request, if it is still there."""
        with self._lock:
            if request not in self._results and request.resolution_m == TILE_M:
                # A finer map of the same acquisition has classified the tiles as well.
                finer = (replace(request, resolution_m=m) for m in RESOLUTIONS_M[1:])
                known = next((r for r in finer if r in self._results), None)
                return replace(self._results[known], cells=None) if known else None
            return self._results.get(request)

    def put(self, request: MapRequest, result: ClassifyResult) -> None:
        """Keep a finished map. Never call it with a failed or partial one."""
        with self._lock:
            self._results.pop(request, None)  # so that iteration goes from the oldest to the newest
            self._results[request] = result

    def forget(self, request: MapRequest) -> None:
        """Forget the maps of a request's acquisition and area, whatever their detail."""
        with self._lock:
            for m in RESOLUTIONS_M:
                self._results.pop(replace(request, resolution_m=m), None)

    def of_area(self, request: MapRequest) -> dict[MapRequest, ClassifyResult]:
        """Return maps of the same area that the scope of ``request`` may see: one for every acquisition."""
        scopes = (request.scope, SHARED)
        with self._lock:
            found = {r: m for r, m in self._results.items() if r.area_key == request.area_key and r.scope in scopes}
        by_acquisition = {(r.source, r.acquisition_id): r for r in found if r.model == request.model}
        return {r: found[r] for r in by_acquisition.values()}

    def __len__(self) -> int:
        return len(self._results)


@st.cache_resource(show_spinner=False)
def results() -> ResultStore:
    """Return the finished maps of this server."""
    return ResultStore(int(settings().kept_mb * 1_000_000))


def _size(result: ClassifyResult) -> int:
    maps = result.tiles.probabilities.nbytes + result.land_cover.probabilities.nbytes
    return result.scene.reflectance.nbytes + maps

"""What runs in Dask's workers: a plugin that loads the network once, and the task that makes one block.

Tasks carry a run's key and a block, nothing else: request, settings and folder come with the plugin, which also reaches
workers that join later or are started again.
"""

from __future__ import annotations

import os
import platform
import signal
import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed.diagnostics.plugin import WorkerPlugin

from lulc_core.domain.errors import ModelError
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.folder import RunFolder
from lulc_core.region.request import RegionRequest
from lulc_core.version import __version__

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier
    from lulc_core.settings import Settings
    from lulc_core.sources.base import ImagerySource

PACKAGES = ("numpy", "rasterio", "shapely", "openvino", "torch", "distributed")
"""Whose versions the numbers, or the talk between machines, depend on."""


@dataclass
class _Run:
    """One run in this process."""

    request: RegionRequest
    settings: Settings
    folder: RunFolder
    connections: int
    """Blocks that may load at once over the whole cluster; 0 for no limit."""
    lock: threading.Lock
    network: Classifier | None = None
    source: ImagerySource | None = None

    def parts(self) -> tuple[ImagerySource, Classifier]:
        """Give source and network, made once in this process.

        Raises:
            ModelError: the weights here are others than those of the request.
        """
        from lulc_core.model.classifier import load_classifier

        with self.lock:
            if self.network is None:
                network = load_classifier(self.request.model)
                if network.card.sha256 != self.request.model_sha256:
                    raise ModelError(
                        f"The network {self.request.model} on {platform.node()} has other weights "
                        f"({network.card.sha256[:12]}) than the run ({self.request.model_sha256[:12]}).",
                        hint="Install the same version of the program, or the same weights, on every worker.",
                    )
                self.network = network
            if self.source is None:
                self.source = self.request.open_source(self.settings)
            return self.source, self.network


_runs: dict[str, _Run] = {}


class RegionPlugin(WorkerPlugin):
    """Makes a worker ready for the blocks of one run.

    Args:
        request: of the region.
        settings: account and addresses of whoever runs the command; caches stay where each worker has them.
        folder: where blocks are kept, by the path that every worker knows it by.
        connections: blocks that may load at once over the whole cluster; 0 for no limit.
        local: the worker is a process of this machine that Ctrl-C must not reach.
    """

    idempotent = False

    def __init__(
        self, request: RegionRequest, settings: Settings, folder: Path, *, connections: int, local: bool
    ) -> None:
        self.name = f"lulc-region-{request.key}"
        self._made_of = request, settings, folder, connections, local

    def setup(self, worker: Any) -> None:
        """Keep what tasks need; the network loads with the first of them, beside the worker's heartbeat."""
        request, settings, folder, connections, local = self._made_of
        if local:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        from lulc_core.settings import load_settings

        here = replace(settings, cache_dir=load_settings().cache_dir)
        _runs[request.key] = _Run(request, here, RunFolder(folder), connections, threading.Lock())

    def teardown(self, worker: Any) -> None:
        """Forget the run."""
        _runs.pop(self._made_of[0].key, None)


def make_block_here(run_key: str, block: RegionBlock) -> dict[str, Any]:
    """Make one block in this worker, unless another try has made it already.

    Returns:
        Its marker without what only the file needs.
    """
    run = _runs[run_key]
    kept = run.folder.marker(block.name, run_key)
    if kept is None:
        from lulc_core.region.work import make_block

        source, network = run.parts()
        with _turn(run):
            kept = make_block(run.request, block, source, network, run.folder)
    return {name: kept[name] for name in ("block", "state", "cells", "seconds", "megabytes")} | {
        "levels": sorted({a["level"] for a in kept["acquisitions"]}),
        "peak_mb": _peak_mb(),
    }


def look_around(run_key: str, token: str) -> dict[str, Any]:
    """Tell what this worker is: versions, hash of the weights, and whether it can write to the run's folder.

    Args:
        run_key: of the run.
        token: name of a file that the command has written into the folder.
    """
    from lulc_core.model.card import load_card

    run = _runs[run_key]
    facts: dict[str, Any] = {"python": platform.python_version(), "lulc_core": __version__, "machine": platform.node()}
    for name in PACKAGES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = None
    try:
        facts["model"] = load_card(run.request.model).sha256
    except ModelError as error:
        facts["model"] = str(error)
    path = run.folder.path / token
    try:
        facts["sees_folder"] = path.read_text(encoding="utf-8") == run_key
        mine = path.with_name(f"{token}.{platform.node()}.{os.getpid()}")
        mine.write_bytes(b"")
        mine.unlink()
    except OSError as error:
        facts["sees_folder"] = False
        facts["why"] = f"{error.strerror or error}"
    return facts


def _turn(run: _Run) -> Any:
    if not run.connections:
        return nullcontext()
    from distributed import Semaphore

    return Semaphore(max_leases=run.connections, name=f"lulc-region-{run.request.key}")


def _peak_mb() -> float:
    """Most memory that this process has had, MB."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)

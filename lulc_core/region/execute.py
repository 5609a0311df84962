"""A region from its request to its files: folder and workers are looked at, blocks are made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.domain.errors import InputError
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.cluster import Cluster, check_workers
from lulc_core.region.folder import RunFolder
from lulc_core.region.pace import Guard
from lulc_core.region.request import RegionRequest
from lulc_core.region.run import Outcome, Runner

if TYPE_CHECKING:
    from lulc_core.settings import Settings

FIRST_BLOCK_S = 900.0
"""The first block of each worker must be made in that time."""
BLOCKS_A_HOST = 8
"""Connections that one loading block has at most (``sources.open_archive``)."""


@dataclass(frozen=True)
class Options:
    """How a run is made; its numbers do not depend on these."""

    retry_failed: bool = False
    guards: bool = True
    max_connections: int = 0
    """Over the whole cluster; 0 for no limit but each worker's own."""


def begin(folder: RunFolder, request: RegionRequest, blocks: Sequence[RegionBlock], kept: Mapping[str, Any]) -> str:
    """Make the folder the run's, or find that it is already.

    Args:
        folder: of the run.
        request: of the region.
        blocks: of it.
        kept: the request in the words of the command line, for run.json; no secrets.

    Returns:
        A sentence: what the run goes on with; empty for a new one.

    Raises:
        InputError: the folder holds a region of another request, or another process works on it.
        OutputError: it cannot be written to.
    """
    run = folder.kept_run()
    if run is not None:
        differences = request.differences(run["facts"])
        if differences:
            raise InputError(
                f"{folder.path} holds a region of another request: {'; '.join(differences)}.",
                hint="Give another folder, or ask as it was asked for then to go on with it.",
            )
    folder.refuse_second()
    made = sum(folder.marker(b.name, request.key) is not None for b in blocks)
    if run is None:
        counts = {"total": len(blocks), "done": 0, "failed": 0}
        folder.write_run({"run": request.key, "request": dict(kept), "facts": request.facts(), "blocks": counts})
    folder.write_plan(
        {
            "run": request.key,
            "aoi": request.aoi.to_geojson(),
            "blocks": {b.name: {"tiles": b.n_tiles, "outline": b.outline()} for b in blocks},
        }
    )
    return "" if not made else f"Going on with run {request.key}: {made:,} of {len(blocks):,} blocks are made."


def make_blocks(
    cluster: Cluster,
    request: RegionRequest,
    settings: Settings,
    folder: RunFolder,
    blocks: Sequence[RegionBlock],
    say: Callable[[str, bool], None],
    options: Options,
) -> Outcome:
    """Make the blocks that are not made yet, on workers that fit the run.

    Raises:
        InputError, ModelError: a worker does not fit.
        SourceError: see :meth:`Runner.run`.
        KeyboardInterrupt: the user's.
    """
    from lulc_core.region.worker import RegionPlugin

    leases = max(1, options.max_connections // BLOCKS_A_HOST) if options.max_connections else 0
    path = folder.path.resolve()
    plugin = RegionPlugin(request, settings, path, connections=leases, local=cluster.own)
    cluster.client.register_plugin(plugin)
    if leases:
        from distributed import Semaphore

        Semaphore(max_leases=leases, name=f"lulc-region-{request.key}")
    try:
        found = check_workers(cluster, request, path)
        machines = sorted({str(facts["machine"]) for facts in found.values()})
        say(f"{len(found)} workers on {', '.join(machines)} fit the run: versions, weights, folder.", True)
        level = None if request.files is not None else "L1C"
        guard = Guard(len(blocks), level=level, active=options.guards)
        runner = Runner(cluster, request.key, folder, blocks, say, retry_failed=options.retry_failed, guard=guard)
        return runner.run()
    finally:
        with contextlib.suppress(OSError, TimeoutError, RuntimeError, ValueError):
            cluster.client.unregister_worker_plugin(plugin.name)


def folder_at(path: Path) -> RunFolder:
    """Return the folder of a run, made if need be.

    Raises:
        InputError: it is a file, or must not be written to.
    """
    from lulc_core.domain.files import check_folder

    check_folder(path)
    path.mkdir(parents=True, exist_ok=True)
    return RunFolder(path)

"""Dask's scheduler and workers: made on this machine, or those that the user has; and whether they fit the run."""

from __future__ import annotations

import logging
import os
import platform
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lulc_core.domain.errors import InputError, ModelError, NetworkError
from lulc_core.region.request import RegionRequest

WORKER_MEMORY = "2GiB"
"""Of a local worker; a block takes less than 1.5 GB (docs/region.md)."""
CONNECT_S = 15
WORKERS_S = 60
"""Seconds that a scheduler without workers is waited at."""
_MUST_BE_EQUAL = ("lulc_core", "numpy", "rasterio", "shapely", "openvino", "torch")
_LOCAL = {
    "distributed.worker.daemon": False,  # may have children: files of the user's own are read in their own processes
    "distributed.worker.profile.enabled": False,  # looks at every thread a hundred times a second
    # Without MALLOC_TRIM_THRESHOLD_, by which every large array is a new piece of memory, zeroed by the system.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
}
"""What processes on this machine do otherwise than Dask's own defaults."""
_NEEDS_DASK = 'pip install "lulc-explorer[region]"'


@dataclass(frozen=True)
class Cluster:
    """Where blocks are made."""

    client: Any
    """``distributed.Client``."""
    own: bool
    """Made here, and so closed here."""
    where: str
    """In words."""

    @property
    def page(self) -> str:
        """Address of Dask's own page; empty where it has none."""
        services = self.client.scheduler_info().get("services", {})
        return str(self.client.dashboard_link) if "dashboard" in services else ""


@contextmanager
def open_cluster(*, scheduler: str = "", scheduler_file: str = "", workers: int = 1) -> Iterator[Cluster]:
    """Connect to a scheduler, or start local processes; what was given is left running.

    Args:
        scheduler: its address; empty to look at DASK_SCHEDULER_ADDRESS, then to start local processes.
        scheduler_file: JSON file that ``dask scheduler --scheduler-file`` wrote, in place of an address.
        workers: local processes.

    Raises:
        InputError: Dask is not installed, or the file is not there.
        NetworkError: no scheduler answers, or it has no workers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError("Regions need Dask, which is not installed.", hint=_NEEDS_DASK) from error
    import dask

    for name in ("distributed", "distributed.client"):  # what goes wrong is said in sentences
        logging.getLogger(name).setLevel(logging.CRITICAL)
    address = scheduler or ("" if scheduler_file else os.environ.get("DASK_SCHEDULER_ADDRESS", ""))
    if not address and not scheduler_file:
        with dask.config.set(_LOCAL):
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=WORKER_MEMORY,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # on this machine alone, where Bokeh is installed
                silence_logs=40,  # logging.ERROR
            )
        with cluster, Client(cluster) as client:
            yield Cluster(client, True, f"{workers} process{'es' if workers > 1 else ''} on this machine")
        return
    if scheduler_file and not Path(scheduler_file).is_file():
        raise InputError(f"There is no scheduler file {scheduler_file}.", hint="Start `dask scheduler` with it first.")
    shown = address or scheduler_file
    try:
        client = Client(address or None, scheduler_file=scheduler_file or None, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise NetworkError(
            f"No Dask scheduler answers at {shown} ({str(error).splitlines()[0][:120] or type(error).__name__}).",
            hint="Start `dask scheduler`, and give its address as it prints it: tcp://HOST:8786.",
        ) from error
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError as error:
        client.close()
        raise NetworkError(
            f"The scheduler at {shown} has no workers.", hint=f"Start some: `dask worker {address or 'ADDRESS'}`."
        ) from error
    try:
        yield Cluster(client, False, f"the scheduler at {shown}")
    finally:
        with suppress(OSError, TimeoutError):
            client.close()


def check_workers(cluster: Cluster, request: RegionRequest, folder: Path) -> dict[str, Any]:
    """Look at every worker: versions, weights, and whether it writes to the same folder.

    Returns:
        What each worker said, by address.

    Raises:
        ModelError: a worker has other weights.
        InputError: a worker has another version of something, or another folder.
    """
    from lulc_core.region.worker import look_around

    token = f".preflight-{secrets.token_hex(4)}"
    (folder / token).write_text(request.key, encoding="utf-8")
    try:
        found = cluster.client.run(look_around, request.key, token, on_error="return")
    finally:
        (folder / token).unlink(missing_ok=True)
    here = _versions_here()
    for address, facts in found.items():
        _check_worker(address, facts, request, here, folder)
    return found


def _check_worker(address: str, facts: Any, request: RegionRequest, here: Mapping[str, Any], folder: Path) -> None:
    if isinstance(facts, BaseException):
        raise InputError(
            f"Worker {address} cannot do the work: {type(facts).__name__}: {facts}.",
            hint="Install the same version of the program on every worker.",
        ) from facts
    for name in _MUST_BE_EQUAL:
        if facts.get(name) != here[name]:
            there = facts.get(name) or "no"
            raise InputError(
                f"Worker {address} ({facts['machine']}) has {name} {there}, here it is {here[name]}.",
                hint="Install the same versions on every worker: results must not depend on who made a block.",
            )
    if facts["model"] != request.model_sha256:
        raise ModelError(
            f"Worker {address} ({facts['machine']}) has other weights for the network {request.model}: "
            f"{str(facts['model'])[:80]} in place of {request.model_sha256[:12]}.",
            hint="Put the same weights at the same path on every worker.",
        )
    if not facts["sees_folder"]:
        raise InputError(
            f"Worker {address} ({facts['machine']}) does not write to the folder {folder} of this machine"
            f"{': ' + facts['why'] if facts.get('why') else ''}.",
            hint="Give a folder that every worker has under the same path, on a shared disk.",
        )


def _versions_here() -> dict[str, Any]:
    from importlib import metadata

    from lulc_core.region.worker import PACKAGES
    from lulc_core.version import __version__

    found: dict[str, Any] = {"python": platform.python_version(), "lulc_core": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found

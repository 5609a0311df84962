"""The run: one future per block, a bounded number under way, failures tried again and then written down.

The state of a run is in its folder; this process, the scheduler and every worker may end at any time, and the same
command goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lulc_core.domain.errors import CredentialsError, LulcError, ModelError, NetworkError, QuotaError, SourceError
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.cluster import Cluster
from lulc_core.region.folder import Failure, OutputError, RunFolder
from lulc_core.region.pace import Guard, Pace

TRIES = 3
WAIT_S = 4.0
"""Before the second try of a block; doubled before the third."""
STATUS_EVERY_S = 3.0
_LOOK_EVERY_S = 1.0
_THREADS_EVERY_S = 10.0
_PER_THREAD = 2
"""Blocks handed out for each thread of the cluster: one that it works on, one that waits."""
_FIRST = 8
_ENDS_THE_RUN = (OutputError, CredentialsError, ModelError)
"""What would meet every other block as well."""


@dataclass
class Outcome:
    """How a run ended."""

    total: int
    done: int
    """Blocks that are made, in this run or before it."""
    failed: int
    made_now: int
    seconds: float
    peak_mb: float
    """Most memory that a worker's process had."""
    tiles_per_s: float | None


@dataclass
class _Blocks:
    """Where each block is: every one in exactly one of these."""

    waiting: deque[RegionBlock]
    later: list[tuple[float, RegionBlock]] = field(default_factory=list)
    """To be tried again at that time (``time.monotonic``)."""
    running: dict[Any, RegionBlock] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    """Name and state of those that are made."""
    failed: dict[str, Failure] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)


class Runner:
    """Makes all blocks of a region that are not made yet.

    Args:
        cluster: where; its workers have the plugin of the run.
        run_key: of the request.
        folder: of the run.
        blocks: all of the region.
        say: takes a line of progress, and whether it is worth keeping.
        retry_failed: blocks that failed in an earlier run are tried again; else they stay failed.
        guard: stops a run that goes wrong everywhere.
    """

    def __init__(
        self,
        cluster: Cluster,
        run_key: str,
        folder: RunFolder,
        blocks: Sequence[RegionBlock],
        say: Callable[[str, bool], None],
        *,
        retry_failed: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self._client, self._key, self._folder, self._say = cluster.client, run_key, folder, say
        self._total = len(blocks)
        made = {b.name: m for b in blocks if (m := folder.marker(b.name, run_key)) is not None}
        failed = {} if retry_failed else {k: f for k, f in folder.failures().items() if k not in made}
        left = [b for b in blocks if b.name not in made and b.name not in failed]
        first = left[:: max(1, len(left) // _FIRST)]  # spread over the region: one bad corner is not the whole
        left = [*first, *(b for b in left if b not in first)]
        self._blocks = _Blocks(deque(left), done={k: str(m["state"]) for k, m in made.items()}, failed=failed)
        self.made_before = len(made)
        self._pace = Pace(sum(b.n_tiles for b in left))
        self._guard = guard or Guard(len(blocks))
        self._threads, self._threads_at = 1, -_THREADS_EVERY_S
        self._backed_off = float("inf")
        self._status_at = 0.0
        self._peak_mb = 0.0

    def run(self) -> Outcome:
        """Work until every block is made or has failed.

        Raises:
            SourceError: the scheduler is gone, or the guard stopped the run; the same command goes on.
            OutputError: the folder cannot be written to.
            KeyboardInterrupt: as the user wants; what runs is called off.
        """
        blocks, state = self._blocks, "stopped"
        try:
            while blocks.waiting or blocks.later or blocks.running:
                self._hand_out()
                self._take_in()
                self._tell("running")
            state = "failed" if blocks.failed else "done"
        except OSError as error:
            if isinstance(error, LulcError):
                raise
            raise _lost() from error  # distributed's own errors of connections
        finally:
            with suppress(OSError, RuntimeError):  # where there is nobody left to call it off at
                for future in blocks.running:
                    future.cancel()
            self._tell(state, now=True)
        return Outcome(
            self._total,
            len(blocks.done),
            len(blocks.failed),
            len(blocks.done) - self.made_before,
            self._pace.seconds,
            self._peak_mb,
            self._pace.tiles_per_s,
        )

    def _hand_out(self) -> None:
        from lulc_core.region.worker import make_block_here

        blocks, now = self._blocks, time.monotonic()
        if now - self._threads_at >= _THREADS_EVERY_S:
            there = sum(self._client.nthreads().values())
            if not there and self._threads:
                self._say("No worker is there at the moment: blocks wait until one comes.", True)
            self._threads, self._threads_at = there, now
        due = [block for at, block in blocks.later if at <= now]
        blocks.later = [(at, block) for at, block in blocks.later if at > now]
        blocks.waiting.extend(due)
        while blocks.waiting and len(blocks.running) < min(_PER_THREAD * max(self._threads, 1), self._backed_off):
            block = blocks.waiting.popleft()
            blocks.tries[block.name] = blocks.tries.get(block.name, 0) + 1
            future = self._client.submit(
                make_block_here,
                self._key,
                block,
                key=f"lulc-{self._key}-{block.name}-{blocks.tries[block.name]}-{now:.3f}",
                pure=False,
            )
            blocks.running[future] = block

    def _take_in(self) -> None:
        from distributed import wait
        from distributed.client import FuturesCancelledError

        blocks = self._blocks
        if not blocks.running:
            time.sleep(min(_LOOK_EVERY_S, 0.2))  # all that is left waits for its next try
            return
        try:
            wait(list(blocks.running), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
        except FuturesCancelledError:  # they are looked at one by one
            pass
        for future in [f for f in blocks.running if f.done()]:
            block = blocks.running.pop(future)
            if future.status == "finished":
                self._made(block, future.result())
            else:
                self._failed(block, _reason(future, self._client))
            future.release()

    def _made(self, block: RegionBlock, found: dict[str, Any]) -> None:
        self._blocks.done[block.name] = str(found["state"])
        self._peak_mb = max(self._peak_mb, float(found["peak_mb"]))
        self._pace.count(block.n_tiles, float(found["megabytes"]))
        if self._backed_off < float("inf"):  # the service answers again
            self._backed_off += 0.5
        self._guard.look(found)

    def _failed(self, block: RegionBlock, error: BaseException) -> None:
        if isinstance(error, _ENDS_THE_RUN):
            raise error
        blocks, tries = self._blocks, self._blocks.tries[block.name]
        if isinstance(error, NetworkError | QuotaError):  # all of the cluster asks less of a service in need
            self._backed_off = max(1.0, min(self._backed_off, _PER_THREAD * max(self._threads, 1)) / 2)
        reason = str(error) if isinstance(error, LulcError) else f"{type(error).__name__}: {error}"
        if tries < TRIES:
            blocks.later.append((time.monotonic() + WAIT_S * 2 ** (tries - 1), block))
            return
        lon, lat = block.bare.tile_center(block.n_rows // 2, block.n_cols // 2)
        blocks.failed[block.name] = Failure(block.name, lon, lat, tries, " ".join(reason.split())[:500])
        self._folder.write_failures(blocks.failed.values())
        self._pace.skip(block.n_tiles)
        self._say(f"{block.name} failed {tries} times: {reason}", True)
        self._guard.failed(reason)

    def _tell(self, state: str, *, now: bool = False) -> None:
        clock = time.monotonic()
        if not now and clock - self._status_at < STATUS_EVERY_S:
            return
        self._status_at = clock
        blocks = self._blocks
        names = {b.name for b in blocks.running.values()} if state == "running" else set()
        states = {**blocks.done, **dict.fromkeys(blocks.failed, "failed"), **dict.fromkeys(names, "running")}
        pace = self._pace
        counts = {"total": self._total, "done": len(blocks.done), "running": len(names), "failed": len(blocks.failed)}
        self._folder.write_status(
            {
                "state": state,
                "run": self._key,
                "blocks": counts,
                "tiles_per_s": pace.tiles_per_s,
                "megabytes_per_s": pace.megabytes_per_s,
                "seconds_left": pace.seconds_left,
                "states": states,
            }
        )
        self._say(pace.line(counts), now)


def _lost() -> NetworkError:
    return NetworkError(
        "The connection to the scheduler is lost.",
        hint="Start it again if it has ended; the same command goes on where it stopped.",
    )


def _reason(future: Any, client: Any) -> BaseException:
    """Say why a future gave nothing.

    Raises:
        NetworkError: the scheduler is gone.
    """
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        if client.status != "running":
            raise _lost()
        return SourceError("The worker that had the block is gone.")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return SourceError(
            "Every worker that had the block ended: did they run out of memory?",
            hint="Give workers more memory, or choose a coarser detail.",
        )
    return error if error is not None else SourceError("The block gave no answer.")

"""The folder of a run: which files it has, each written whole or not at all, so that any process may stop at any time.

::

    run.json         the request, counts of blocks, versions, hashes
    plan.json        the blocks and their outlines
    status.json      how far the run is; rewritten every few seconds
    failures.csv     blocks that failed, why, and how often they were tried
    blocks/NAME.npz  what was found in a block
    blocks/NAME.json its marker, written last: the block is done
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lulc_core.domain.errors import FileFormatError, InputError, SourceError
from lulc_core.domain.files import write_whole

FORMAT = "lulc-explorer-region"
RUN_FILE, PLAN_FILE, STATUS_FILE, FAILURES_FILE = "run.json", "plan.json", "status.json", "failures.csv"
ALIVE_S = 60.0
"""A status that is older is of a run that has ended without a word."""


class OutputError(SourceError):
    """The folder cannot be written to: no block can be kept, so the run ends."""


@dataclass(frozen=True)
class Failure:
    """A block that was given up."""

    block: str
    lon: float
    lat: float
    tries: int
    reason: str


class RunFolder:
    """The folder of one run.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    # ---- blocks ----

    def block_file(self, block: str) -> Path:
        """Return where a block's arrays are."""
        return self.path / "blocks" / f"{block}.npz"

    def marker_file(self, block: str) -> Path:
        """Return where a block's marker is."""
        return self.path / "blocks" / f"{block}.json"

    def keep_block(self, block: str, arrays: bytes | None, marker: Mapping[str, Any]) -> None:
        """Write a block's arrays and, once they are there, its marker.

        Raises:
            OutputError: the disk is full, the folder must not be written to.
        """
        if arrays is not None:
            self._write(self.block_file(block), arrays)
        self._write(self.marker_file(block), _json(marker))

    def marker(self, block: str, run_key: str) -> dict[str, Any] | None:
        """Read the marker of a finished block; None where it is not finished, or was by another request."""
        marker = _read(self.marker_file(block))
        if marker is None or marker.get("run") != run_key:
            return None
        if marker.get("file_bytes"):
            try:
                if self.block_file(block).stat().st_size != marker["file_bytes"]:
                    return None
            except OSError:
                return None
        return marker

    def arrays(self, block: str, marker: Mapping[str, Any]) -> bytes:
        """Read what a finished block holds.

        Raises:
            FileFormatError: it is not the file that its marker tells of.
        """
        path = self.block_file(block)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _damaged(path) from error
        if hashlib.sha256(data).hexdigest() != marker["sha256"]:
            raise _damaged(path)
        return data

    # ---- the run ----

    def kept_run(self) -> dict[str, Any] | None:
        """Read run.json; None where the folder has no run.

        Raises:
            FileFormatError: it is not one of a region.
        """
        path = self.path / RUN_FILE
        if not path.exists():
            return None
        found = _read(path)
        if found is None or found.get("format") != FORMAT:
            raise FileFormatError(f"{path} is not the record of a region.", hint="Give another folder.")
        return found

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Write run.json."""
        self._write(self.path / RUN_FILE, _json({"format": FORMAT, **run}))

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        """Write plan.json."""
        self._write(self.path / PLAN_FILE, _json(plan))

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Write status.json, with who writes and when."""
        writer = {"pid": os.getpid(), "host": platform.node()}
        self._write(self.path / STATUS_FILE, _json({**status, "updated": time.time(), "writer": writer}))

    def status(self) -> dict[str, Any] | None:
        """Read status.json; None where there is none that can be read."""
        return _read(self.path / STATUS_FILE)

    def plan(self) -> dict[str, Any] | None:
        """Read plan.json; None where there is none that can be read."""
        return _read(self.path / PLAN_FILE)

    def refuse_second(self) -> None:
        """Refuse a folder that another process is writing to.

        Raises:
            InputError: it does.
        """
        status = self.status()
        if status is None or status.get("state") != "running":
            return
        writer, age = status.get("writer", {}), time.time() - float(status.get("updated", 0))
        here = writer.get("host") == platform.node()
        if writer.get("pid") == os.getpid() and here:
            return
        alive = _is_alive(writer.get("pid")) if here else age < ALIVE_S
        if alive:
            raise InputError(
                f"Another process ({writer.get('pid')} on {writer.get('host')}) is working on {self.path}.",
                hint="Wait for it, or stop it; the same command goes on then.",
            )

    def write_failures(self, failures: Iterable[Failure]) -> None:
        """Write failures.csv; with its header alone where no block failed."""
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["block", "longitude", "latitude", "tries", "reason"])
        table.writerows([f.block, f"{f.lon:.5f}", f"{f.lat:.5f}", f.tries, f.reason] for f in failures)
        self._write(self.path / FAILURES_FILE, out.getvalue().encode())

    def failures(self) -> dict[str, Failure]:
        """Read failures.csv, by block; empty where there is none."""
        try:
            text = (self.path / FAILURES_FILE).read_text(encoding="utf-8")
            rows = list(csv.DictReader(io.StringIO(text)))
            return {
                r["block"]: Failure(
                    r["block"], float(r["longitude"]), float(r["latitude"]), int(r["tries"]), r["reason"]
                )
                for r in rows
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_whole(path, data)
        except OSError as error:
            raise OutputError(
                f"{path} cannot be written: {error.strerror or error}.",
                hint="Make room or give the right to write; the same command goes on where it stopped.",
            ) from error


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(dict(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _is_alive(pid: Any) -> bool:
    try:
        os.kill(int(pid), 0)
    except (TypeError, ValueError, OverflowError, ProcessLookupError):
        return False
    except OSError:  # somebody else's
        return True
    return True


def _damaged(path: Path) -> FileFormatError:
    return FileFormatError(
        f"{path} is missing or is not the file that was written with its marker.",
        hint=f"Delete {path.with_suffix('.json').name} beside it; the same command makes the block again.",
    )

"""Files that reach the disk whole or not at all: the one place that writes beside a name and renames."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path

from lulc_core.domain.errors import InputError, SourceError

PARTIAL_SUFFIX = ".part"
"""End of the name of a file that is being written."""
KEPT = ("*.block.tif", "eurosat-*.npz")
"""What the cache folder keeps: downloads and decoded patches. Files of other names in it are nobody's to delete."""


@contextmanager
def written_whole(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Give temporary names to write to, and rename them to ``paths`` once the block has ended well.

    Folders are made where they do not exist. Files of these names are replaced, whatever else lies in their folders is
    left alone. After a failure, or Ctrl-C, nothing half-written and no folder made for it remains.

    Raises:
        OSError: the disk is full, a folder must not be written to.
    """
    made = [p for path in paths for p in path.parents if not p.exists()]
    partial = tuple(p.with_name(f".{p.name}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL_SUFFIX}") for p in paths)
    complete = False
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        for temporary, path in zip(partial, paths, strict=True):
            temporary.replace(path)
        complete = True
    finally:
        if not complete:  # also after Ctrl-C
            for temporary in partial:
                with suppress(OSError):
                    temporary.unlink()
            for folder in made:
                with suppress(OSError):  # a folder that holds something stays
                    folder.rmdir()


def write_whole(path: Path, data: bytes) -> None:
    """Write one file as :func:`written_whole` does."""
    with written_whole(path) as (partial,):
        partial.write_bytes(data)


def files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Walk through all files; another process may delete some of them meanwhile."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with suppress(OSError):
                yield path, path.stat()


def delete_longest_unused(folder: Path, max_bytes: float) -> int:
    """Delete files that the cache keeps (:data:`KEPT`), those first that were used longest ago, until the bound holds.

    Args:
        folder: of the cache.
        max_bytes: bound of all of them together.

    Returns:
        Bytes that remain.
    """
    kept = [
        (info.st_mtime, info.st_size, path)
        for path, info in files_below(folder)
        if any(fnmatch(path.name, pattern) for pattern in KEPT)
    ]
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= max_bytes:
            break
        with suppress(OSError):  # another process was faster, or the system refuses
            path.unlink()
            total -= size
    return total


def write_files(files: Mapping[str, bytes], folder: Path, *, what: str) -> tuple[Path, ...]:
    """Write files into a folder, all of them or none.

    Args:
        files: contents by name.
        folder: made where it does not exist.
        what: of them all, for the sentence where it fails: ``the comparison``.

    Returns:
        The paths, in the order given.

    Raises:
        InputError: the folder's name is that of a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    check_folder(folder)
    paths = tuple(folder / name for name in files)
    try:
        with written_whole(*paths) as partial:
            for path, data in zip(partial, files.values(), strict=True):
                path.write_bytes(data)
    except OSError as error:
        raise SourceError(
            f"{what[:1].upper()}{what[1:]} cannot be written to {folder}: {error.strerror or error}.",
            hint="Give a folder that you may write to, on a disk with room.",
        ) from error
    return paths


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to, before any work is done for it.

    Raises:
        InputError: its name is that of a file, or it cannot be written to.
    """
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise InputError(f"{nearest} is a file; a folder is needed.", hint="Give another folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest} must not be written to.", hint="Give a folder that you may write to.")

"""EuroSAT RGB: 64 x 64 patches in ten folders, and the project's one split.

Layout: ``2750/Forest/Forest_12.jpg`` (any folder may stand before the class folder), as zip archive or folder.
Source: Helber et al. 2019, doi 10.1109/JSTARS.2019.2918242.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.files import delete_longest_unused, written_whole
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import PATCHES
from lulc_core.training.multispectral import ALL_BANDS, decode_multispectral, longitude_of

Split = Literal["train", "validation", "test"]
SplitName = Literal["random", "spatial"]
Places = Mapping[str, Split]
"""Which part of the spatial split each patch belongs to, by stem."""
Bands = Literal["rgb", "all"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
SPLIT_RULE = "int(sha256(stem).hexdigest()[:8], 16) % 10: 0 to 7 train, 8 validation, 9 test"
"""By file stem, for example ``Forest_12``; the same for RGB and multispectral files."""

SPATIAL_RULE = "by longitude: west of 10.55 E train, to 17.25 E validation (the middle), further east test"
"""The published split by longitude: the westernmost 60 % of the patches, the next 20 %, the last 20 %."""
MIDDLE_FROM_DEG, EAST_FROM_DEG = 10.55, 17.25
"""Degrees east, where the published lists part."""

PATCH_PX = 64
SUFFIXES: dict[Bands, tuple[str, ...]] = {"rgb": (".jpg", ".jpeg", ".png"), "all": (".tif", ".tiff")}
_MAX_FILE_BYTES = 1_000_000  # a real patch has about 4 kB; more is an archive bomb or another data set
_MAX_PATCHES = 100_000
AT_ONCE = 300
"""Patches decoded in one child process."""


def split_of(stem: str) -> Split:
    """Look up which part of the data a patch belongs to.

    Args:
        stem: file name without folder and suffix.
    """
    digit = int(hashlib.sha256(stem.encode()).hexdigest()[:8], 16) % 10
    return "train" if digit < 8 else "validation" if digit == 8 else "test"


def load_places(path: Path | str) -> Places:
    """Read which part of the spatial split each patch belongs to.

    Args:
        path: the published list as CSV with the columns ``stem`` and ``part`` (train, val, test), or EuroSAT_MS.zip or
            its folder, whose files say where they lie.

    Raises:
        InputError: there is no such file.
        FileFormatError: it is neither.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"There is no file or folder {path}.", hint="Give a CSV of stem and part, or EuroSAT_MS.zip.")
    if path.suffix.lower() != ".csv":
        middles = {stem: longitude_of(read(), stem) for stem, _, read in entries(path, SUFFIXES["all"])}
        return {stem: _part_at(longitude) for stem, longitude in middles.items()}
    named: dict[str, Split] = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}
    try:
        with path.open(encoding="utf-8", newline="") as f:
            return {row["stem"]: named[row["part"]] for row in csv.DictReader(f)}
    except (KeyError, UnicodeDecodeError, csv.Error, TypeError) as e:
        raise FileFormatError(
            f"{path.name} is no list of the spatial split ({type(e).__name__}: {e}).",
            hint="Its columns are stem (Forest_12) and part (train, val or test).",
        ) from e


def _part_at(longitude_deg: float) -> Split:
    if longitude_deg < MIDDLE_FROM_DEG:
        return "train"
    return "validation" if longitude_deg < EAST_FROM_DEG else "test"


@dataclass(frozen=True)
class Patches:
    """Decoded patches, in the order of their stems."""

    images: NDArray[np.uint8]
    """(N, 64, 64, 3), red, green, blue, or (N, 64, 64, 13), multispectral.ALL_BANDS; read-only."""
    class_ids: NDArray[np.int64]
    """(N,), 0 to 9, read-only."""
    stems: tuple[str, ...]
    """N file names without suffix."""

    def __post_init__(self) -> None:
        self.images.flags.writeable = False
        self.class_ids.flags.writeable = False

    def __len__(self) -> int:
        return len(self.stems)

    def part(self, split: Split, places: Places | None = None) -> Patches:
        """Choose the patches of one part of the random split, or of the spatial one with ``places``; may be empty."""
        part_of = split_of if places is None else places.get
        return self.where(np.array([part_of(s) == split for s in self.stems], dtype=bool))

    def where(self, keep: NDArray[np.bool_]) -> Patches:
        """Choose the patches for which ``keep`` (N,) is True."""
        stems = tuple(s for s, k in zip(self.stems, keep, strict=True) if k)
        return Patches(self.images[keep], self.class_ids[keep], stems)


@dataclass(frozen=True)
class PatchCache:
    """Where decoded patches are kept: the folder of the downloads, within the bound of both."""

    folder: Path
    max_mb: float
    """Of all that the folder keeps, MiB."""

    def path_of(self, archive: Path, bands: Bands) -> Path:
        """Name the file by size and time of the archive, so that another archive at the same path is read again."""
        stat = archive.stat()
        key = hashlib.sha256(
            f"{archive.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{'' if bands == 'rgb' else bands}1".encode()
        ).hexdigest()[:16]
        return self.folder / f"eurosat-{key}.npz"

    def read(self, path: Path) -> Patches | None:
        """Read what an earlier run decoded; None where there is nothing or it is damaged."""
        try:
            with path.open("rb") as f, np.load(f, allow_pickle=False) as stored:
                patches = Patches(stored["images"], stored["class_ids"], tuple(stored["stems"].tolist()))
            os.utime(path)  # the time of use decides what goes first
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return patches

    def write(self, path: Path, patches: Patches) -> None:
        """Keep patches, whole or not at all, where there is room: else they are decoded again, nothing worse."""
        max_bytes = self.max_mb * 2**20
        if patches.images.nbytes >= max_bytes:
            return
        with suppress(OSError):
            with written_whole(path) as (unfinished,), unfinished.open("wb") as f:
                np.savez(f, images=patches.images, class_ids=patches.class_ids, stems=np.array(patches.stems))
            delete_longest_unused(self.folder, max_bytes)


def load_eurosat(
    path: Path | str,
    *,
    bands: Bands = "rgb",
    cache: PatchCache | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Patches:
    """Read all patches of the zip or folder.

    Args:
        path: EuroSAT.zip (RGB), EuroSAT_MS.zip (13 bands), or the folder that it unpacks to.
        bands: ``rgb`` for pictures, ``all`` for GeoTIFFs of 13 bands (multispectral.py says how they become tiles).
        cache: where patches of an archive are kept once decoded; None to keep none.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: the path does not exist.
        FileFormatError: it is no EuroSAT archive or folder, or a picture in it is damaged or not 64 x 64.
        CancelledError: ``cancelled()`` became True.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"There is no file or folder {path}.",
            hint="Get EuroSAT.zip (RGB) from https://zenodo.org/records/7711810 and give its path.",
        )
    kept = cache.path_of(path, bands) if cache is not None and path.is_file() else None
    if cache is not None and kept is not None and (known := cache.read(kept)) is not None:
        return known
    found = entries(path, SUFFIXES[bands])
    channels = 3 if bands == "rgb" else len(ALL_BANDS)
    images = np.empty((len(found), PATCH_PX, PATCH_PX, channels), dtype=np.uint8)
    for i in range(0, len(found), AT_ONCE):
        check_cancelled(cancelled)
        if on_progress is not None:
            on_progress(i / len(found), f"reading patches, {i} of {len(found)}")
        some = found[i : i + AT_ONCE]
        images[i : i + AT_ONCE] = decode_patches([read() for _, _, read in some], [stem for stem, _, _ in some], bands)
    patches = Patches(images, np.array([c for _, c, _ in found], dtype=np.int64), tuple(s for s, _, _ in found))
    if cache is not None and kept is not None:
        cache.write(kept, patches)
    return patches


@isolated(PATCHES, name=lambda files, stems, *_: stems[0] if len(stems) == 1 else f"One of {stems[0]} to {stems[-1]}")
def decode_patches(files: list[bytes], stems: list[str], bands: Bands = "rgb") -> NDArray[np.uint8]:
    """Decode some patches, at most :data:`AT_ONCE`, uint8 (n, 64, 64, 3 or 13).

    Raises:
        FileFormatError: one is no picture, or of another size.
    """
    decode = decode_patch if bands == "rgb" else decode_multispectral
    return np.stack([decode(data, stem) for data, stem in zip(files, stems, strict=True)])


def decode_patch(data: bytes, name: str) -> NDArray[np.uint8]:
    """Decode one picture of a patch, uint8 (64, 64, 3).

    Raises:
        FileFormatError: it is no picture, or of another size.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.size != (PATCH_PX, PATCH_PX):
                raise _wrong_size(name, *picture.size)
            return np.asarray(picture.convert("RGB"))
    except FileFormatError:  # our own, and a ValueError too
        raise
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as e:
        raise FileFormatError(f"{name} is no readable picture ({e}).", hint="Fetch the file again.") from e


def _wrong_size(name: str, width: int, height: int) -> FileFormatError:
    return FileFormatError(
        f"{name} has {width} x {height} pixels; a patch has {PATCH_PX} x {PATCH_PX}.",
        hint="Give the unchanged EuroSAT data, or cut a patch out.",
    )


def entries(path: Path, suffixes: tuple[str, ...] = SUFFIXES["rgb"]) -> list[tuple[str, int, Callable[[], bytes]]]:
    """List (stem, class id, reader) of every picture in a class folder, sorted; macOS litter and others are passed by.

    Raises:
        FileFormatError: no zip archive, or not EuroSAT's.
    """
    ids = {name: i for i, name in enumerate(CLASS_NAMES)}

    def wanted(file: PurePath) -> bool:
        return file.suffix.lower() in suffixes and file.parent.name in ids and not file.name.startswith(".")

    files: Iterable[tuple[PurePath, Callable[[], bytes]]] = _members(path, wanted)
    if path.is_dir():
        files = ((file, file.read_bytes) for file in path.rglob("*") if wanted(file))
    found = [(file.stem, ids[file.parent.name], _reader(read, file)) for file, read in files]
    if not found:
        raise FileFormatError(
            f"{path.name} holds no EuroSAT patches: expected pictures in folders named {', '.join(CLASS_NAMES)}.",
            hint="Give the public EuroSAT.zip (RGB), or the folder that it unpacks to.",
        )
    return sorted(found, key=lambda e: e[0])


def _members(path: Path, wanted: Callable[[PurePath], bool]) -> Iterator[tuple[PurePath, Callable[[], bytes]]]:
    """Names and readers of the wanted files of an archive; refuses what is larger than EuroSAT."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as e:
        raise FileFormatError(
            f"{path.name} is no readable zip archive ({e}).", hint="Fetch EuroSAT.zip again; the public one has 90 MB."
        ) from e
    members = archive.infolist()
    if len(members) > _MAX_PATCHES:
        raise FileFormatError(
            f"{path.name} holds {len(members):,} files; EuroSAT has 27,000.", hint="Give EuroSAT.zip."
        )
    for member in members:
        file = PurePosixPath(member.filename)
        if not wanted(file):
            continue
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileFormatError(f"{member.filename} is packed in another way than EuroSAT.", hint="Give EuroSAT.zip.")
        if member.file_size > _MAX_FILE_BYTES:
            raise FileFormatError(
                f"{member.filename} unpacks to {member.file_size:,} bytes; EuroSAT patches have about 4,000.",
                hint="Give the public EuroSAT.zip (RGB).",
            )
        yield file, partial(archive.read, member)


def _reader(read: Callable[[], bytes], file: PurePath) -> Callable[[], bytes]:
    def checked() -> bytes:
        try:
            return read()
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as e:
            # RuntimeError: encrypted, or (as NotImplementedError) a compression that this Python cannot undo
            raise FileFormatError(f"{file} is damaged ({e}).", hint="Fetch or unpack EuroSAT.zip again.") from e

    return checked

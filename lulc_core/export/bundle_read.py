"""A result read back from the folder that ``map`` or ``compare`` wrote, or from its zip."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from shapely.errors import ShapelyError
from shapely.geometry import shape

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.errors import FileFormatError, InputError, LulcError, SourceError
from lulc_core.domain.grid import MAX_GRID_TILES, TileGrid
from lulc_core.domain.land_cover import LandCoverMap, ModelInfo
from lulc_core.domain.results import DatedMap
from lulc_core.domain.scene import Acquisition
from lulc_core.export.bundle import FORMAT, FORMAT_VERSION, RESULT_FILE, Bundle
from lulc_core.export.cog import read_cog
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import RESULT

MAX_FILE_BYTES = 2 * 1024**3
"""Of one file within a result; more is refused unread."""
_AGAIN = "Make the result again with `map` or `compare`."
_WHICH = "Give the folder that `map` or `compare` wrote, or the zip that was downloaded."
_Reader = Callable[[str], bytes]


def read_bundle(source: Path | str | Mapping[str, bytes]) -> Bundle:
    """Read a result back; arrays are equal to those that were written.

    Args:
        source: a folder, a zip file, or contents by name.

    Raises:
        InputError: there is nothing of that name.
        FileFormatError: not a result, one of a newer version, incomplete or damaged.
        SourceError: the disk failed, or the files must not be read.
    """
    return _read(dict(source) if isinstance(source, Mapping) else Path(source))


@isolated(RESULT, name=lambda source: source.name if isinstance(source, Path) else "The archive")
def _read(source: Path | dict[str, bytes]) -> Bundle:
    if isinstance(source, dict):
        return _bundle("the archive", source.__getitem__)
    path = source
    try:
        if path.is_dir():
            return _bundle(str(path), lambda name: _from_folder(path, name))
        if not path.exists():
            raise InputError(f"There is no {path}.", hint=_WHICH)
        with zipfile.ZipFile(path) as archive:
            found = [n for n in archive.namelist() if n.rpartition("/")[2] == RESULT_FILE]
            folder = min(found, key=len, default="").removesuffix(RESULT_FILE)  # with its slash; empty at the top
            return _bundle(str(path), lambda name: _from_zip(archive, folder + name))
    except zipfile.BadZipFile as error:
        raise FileFormatError(f"{path} is neither a folder nor a readable zip archive.", hint=_WHICH) from error
    except OSError as error:
        if isinstance(error, LulcError):
            raise
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.", hint=_WHICH) from error


def _from_folder(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        raise KeyError(name)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{name} is too large")
    return path.read_bytes()


def _from_zip(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > MAX_FILE_BYTES:
        raise ValueError(f"{name} is too large")
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:  # damaged, encrypted
        raise ValueError(f"{name} cannot be unpacked") from error


def _bundle(where: str, read: _Reader) -> Bundle:
    content = _content(where, read)
    hashes: Mapping[str, str] = content["sha256"]

    def checked(name: str) -> bytes:
        # Names come from a file of unknown origin: never a way to other folders.
        if not isinstance(name, str) or name not in hashes or Path(name).name != name or "\\" in name:
            raise ValueError(f"{name!r} is no file of this result")
        try:
            data = read(name)
        except KeyError as error:
            raise FileFormatError(f"The result in {where} is incomplete: {name} is missing.", hint=_AGAIN) from error
        if hashlib.sha256(data).hexdigest() != hashes[name]:
            raise FileFormatError(
                f"The result in {where} is damaged: {name} is not the file that was written with it.", hint=_AGAIN
            )
        return data

    try:
        dates = tuple(_dated(entry, checked) for entry in content["dates"])
        aoi = Aoi.from_geometry(shape(content["aoi"]["geometry"]), name=content["aoi"]["name"])
        notes = tuple(map(str, content["notes"]))
        return Bundle(content["kind"], dates, aoi, content["request"], notes, content["provenance"])
    except FileFormatError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, ShapelyError) as error:
        raise FileFormatError(
            f"The result in {where} is damaged: {RESULT_FILE} does not fit its files ({error}).", hint=_AGAIN
        ) from error


def _content(where: str, read: _Reader) -> dict[str, Any]:
    try:
        content = json.loads(read(RESULT_FILE).decode())
    except KeyError as error:
        raise FileFormatError(f"There is no result in {where}: it has no {RESULT_FILE}.", hint=_WHICH) from error
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"The result in {where} is damaged: {RESULT_FILE} is unreadable.", hint=_AGAIN) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FileFormatError(f"The {RESULT_FILE} in {where} is of another program.", hint=_WHICH)
    if content.get("version") != FORMAT_VERSION:
        raise FileFormatError(
            f"The result in {where} is of format {content.get('version')!r}; this program reads {FORMAT_VERSION}.",
            hint="Update this program, or make the result again.",
        )
    if not isinstance(content.get("sha256"), dict):
        raise FileFormatError(f"The result in {where} is damaged: {RESULT_FILE} names no files.", hint=_AGAIN)
    return content


def _dated(entry: Mapping[str, Any], read: _Reader) -> DatedMap:
    acquisition = Acquisition.from_json(entry["acquisition"])
    model = ModelInfo(**entry["model"])
    land_cover = _land_cover(entry["land_cover"], acquisition, model, read)
    tiles = land_cover if entry["tiles"] is None else _land_cover(entry["tiles"], acquisition, model, read)
    picture = np.ascontiguousarray(np.moveaxis(read_cog(read(entry["picture"])), 0, 2))
    return DatedMap(land_cover, tiles, picture)


def _land_cover(entry: Mapping[str, Any], acquisition: Acquisition, model: ModelInfo, read: _Reader) -> LandCoverMap:
    rasters = {k: read_cog(read(name)) for k, name in entry["files"].items()}
    flags, clear_share, coverage = rasters["quality"]
    class_ids = rasters["land_cover"][0]
    if rasters["probabilities"].shape[0] != N_CLASSES or ((class_ids >= N_CLASSES) & (class_ids != NO_DATA)).any():
        raise ValueError(f"there are more or less than {N_CLASSES} classes")
    grid = entry["grid"]
    if not 0 < grid["n_rows"] * grid["n_cols"] <= MAX_GRID_TILES * 64:
        raise ValueError("the grid has no tiles or too many")
    if coverage.shape != (grid["n_rows"], grid["n_cols"]):
        raise ValueError("the grid has another size than its rasters")
    return LandCoverMap(
        TileGrid(**grid, coverage=np.array(coverage, np.float32)),
        acquisition,
        model,
        np.array(np.moveaxis(rasters["probabilities"], 0, 2), np.float32),
        np.array(class_ids, np.uint8),
        np.array(flags, np.uint8),
        np.array(clear_share, np.float32),
        tuple(map(str, entry["notes"])),
    )

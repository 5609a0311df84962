"""The files that make one acquisition, and a short key for their content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.sources.geotiff.band_names import band_of_file

MAX_FILES = 64
MAX_LOOKED_AT = 5_000
"""Files looked at in a folder; a product has about 100."""
_ENDINGS = (".jp2", ".tif", ".tiff")


def find_files(files: Sequence[Path | str] | Path | str) -> list[Path]:
    """Find the image files that were named; of a folder, such as an unpacked product, its band files.

    Raises:
        InputError: none, or more than one acquisition can have.
        FileFormatError: a folder without bands, or with several granules.
    """
    paths: list[Path] = []
    for given in [files] if isinstance(files, str | Path) else files:
        path = Path(given)
        paths += _bands_in(path) if path.is_dir() else [path]
    if not paths:
        raise InputError("No image file was given.", hint="Give one.", option="--image scene.tif")
    if len(paths) > MAX_FILES:
        raise InputError(f"{len(paths)} files were given; at most {MAX_FILES} make one acquisition.")
    return paths


def _bands_in(folder: Path) -> list[Path]:
    found: list[Path] = []
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number > MAX_LOOKED_AT:
            raise FileFormatError(f"{folder} holds too much to be one product.", hint="Name the band files.")
        # Quality masks (MSK_...) carry names of bands too.
        if path.suffix.lower() in _ENDINGS and band_of_file(path) and not path.name.upper().startswith("MSK_"):
            found.append(path)
    if not found:
        raise FileFormatError(
            f"{folder} is a folder without band files (such as ..._B04.jp2).", hint="Name the image file."
        )
    granules = {above for path in found for above in path.parents[:2] if above.name == "IMG_DATA"}
    if len(granules) > 1:
        raise FileFormatError(
            f"{folder} holds {len(granules)} granules; one at a time is possible.", hint="Name the folder of one."
        )
    return found


def content_key(paths: Sequence[Path], answers: object) -> str:
    """Make twelve hexadecimal digits of the files' content (sizes, first and last 64 KiB) and the answers given.

    Raises:
        FileFormatError: a file has gone.
    """
    digest = hashlib.sha256(repr(answers).encode())
    for path in sorted(paths, key=lambda p: p.name):  # in any order of the files
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                digest.update(f"{path.name}:{size}".encode() + file.read(65_536))
                file.seek(max(size - 65_536, 0))
                digest.update(file.read(65_536))
        except OSError as error:
            raise FileFormatError(f"{path.name} can no longer be read.") from error
    return digest.hexdigest()[:12]

"""Pictures for the Model page: a user's own copy of EuroSAT, its patches one by one, and what a network says of them.

The project ships no patches. Everything here takes seconds at most, but for :func:`classify_part`, which runs a
network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import InputError
from lulc_core.domain.evaluation import ClassifiedPatch
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.training.eurosat import AT_ONCE, PATCH_PX, SPLIT_RULE, decode_patches, entries, split_of

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier

__all__ = ["SOURCE_URL", "SPLIT_RULE", "EuroSatCopy", "classify_part", "open_copy"]

SOURCE_URL = "https://zenodo.org/records/7711810"
"""Where EuroSAT (RGB, MIT licence) is kept by its authors."""


@dataclass(frozen=True)
class EuroSatCopy:
    """A copy of EuroSAT RGB on this machine; nothing is decoded before it is asked for."""

    path: Path
    key: tuple[str, int, int]
    """Path, size and time of change: another file at the same path is another copy."""
    class_ids: Mapping[str, int]
    """Class id by stem."""
    _readers: Mapping[str, Callable[[], bytes]]

    def __len__(self) -> int:
        return len(self.class_ids)

    def has(self, stem: str) -> bool:
        """Say whether this copy holds the patch."""
        return stem in self.class_ids

    def stems(self, part: str, class_id: int | None = None) -> tuple[str, ...]:
        """List the stems of one part of the split, sorted, of all classes or of one."""
        wanted = (s for s, c in self.class_ids.items() if class_id is None or c == class_id)
        return tuple(sorted(s for s in wanted if split_of(s) == part))

    def file(self, stem: str) -> bytes:
        """Read the picture file as it is, JPEG or PNG.

        Raises:
            InputError: this copy has no such patch.
            FileFormatError: it cannot be read.
        """
        if stem not in self._readers:
            raise InputError(f"There is no patch {stem} in {self.path.name}.", hint="Use the whole public EuroSAT.zip.")
        return self._readers[stem]()

    def picture(self, stem: str) -> NDArray[np.uint8]:
        """Decode one patch, uint8 (64, 64, 3).

        Raises:
            InputError: this copy has no such patch.
            FileFormatError: it is damaged, or of another size.
        """
        return decode_patches([self.file(stem)], [stem])[0]


def copy_key(path: Path) -> tuple[str, int, int]:
    """Make a key that tells one copy from another.

    Raises:
        InputError: there is nothing at that path, or it may not be looked at.
    """
    try:
        stat = path.stat()
        return str(path.resolve()), stat.st_size, stat.st_mtime_ns
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise InputError(
            f"There is no file or folder {path} on the machine that runs this app.",
            hint=f"Get EuroSAT.zip (RGB) from {SOURCE_URL} and give the path where it lies.",
        ) from error


def open_copy(path: Path | str) -> EuroSatCopy:
    """List what a EuroSAT.zip or its folder holds.

    Raises:
        InputError: the path does not exist.
        FileFormatError: it is no EuroSAT archive or folder.
    """
    path = Path(path).expanduser()
    key = copy_key(path)
    found = entries(path)
    class_ids = {stem: class_id for stem, class_id, _ in found}
    return EuroSatCopy(path, key, MappingProxyType(class_ids), {stem: read for stem, _, read in found})


def classify_part(
    copy: EuroSatCopy,
    load_network: Callable[[], Classifier],
    part: str = "validation",
    *,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[ClassifiedPatch, ...]:
    """Classify every patch of one part of the split, sorted by stem. Call it in a thread.

    Args:
        copy: the user's EuroSAT.
        load_network: gives the network; called after the pictures are read.
        part: ``train``, ``validation`` or ``test``.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: no such part, or it is empty in this copy.
        FileFormatError: a picture is damaged.
        ModelError: the network cannot be loaded.
        CancelledError: ``cancelled()`` became True.
    """
    report = on_progress or (lambda fraction, message: None)
    stems = copy.stems(part)
    if not stems:
        raise InputError(
            f"None of the {len(copy):,} patches in {copy.path.name} belongs to the {part} part.",
            hint="Use the public zip of 27,000 patches.",
        )
    images = np.empty((len(stems), PATCH_PX, PATCH_PX, 3), dtype=np.uint8)
    for i in range(0, len(stems), AT_ONCE):
        check_cancelled(cancelled)
        report(0.5 * i / len(stems), f"Reading patches, {i:,} of {len(stems):,}")
        some = stems[i : i + AT_ONCE]
        images[i : i + AT_ONCE] = decode_patches([copy.file(stem) for stem in some], list(some))
    report(0.5, "Loading the network")
    prediction = load_network().predict(
        images, on_progress=lambda f, m: report(0.55 + 0.45 * f, "Naming the patches"), cancelled=cancelled
    )
    return tuple(
        ClassifiedPatch(stem, copy.class_ids[stem], int(row.argmax()), tuple(round(float(p), 4) for p in row))
        for stem, row in zip(stems, prediction.probabilities, strict=True)
    )


def augmentation_samples(patch: NDArray[np.uint8], seed: int) -> tuple[tuple[str, NDArray[np.uint8]], ...]:
    """Draw one patch as augmentation changes it: each effect by its name, then versions as training sees them.

    Args:
        patch: uint8 (64, 64, 3).
        seed: the same seed draws the same versions.
    """
    from lulc_core.training.augmentation_samples import augmentation_samples as draw  # brings torch along

    return draw(patch, seed=seed)

"""A tiny EuroSAT that the tests make themselves: every class has a colour and a stripe width of its own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.classes import CLASS_NAMES


def patch(class_id: int, number: int, px: int = 64) -> np.ndarray:
    """(px, px, 3) uint8; a colour of the class, stripes, and noise that differs from patch to patch."""
    rng = np.random.default_rng(100 * class_id + number)
    colour = np.array([40 + 20 * class_id, 220 - 18 * class_id, 60 + 50 * (class_id % 3)], dtype=float)
    stripes = 25 * np.sign(np.sin(np.arange(px) * (0.2 + 0.15 * class_id)))
    image = colour + stripes[None, :, None] + rng.normal(0, 6, (px, px, 3))
    return np.clip(image, 1, 255).astype(np.uint8)


def jpeg(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def write_zip(path: Path, per_class: int, px: int = 64) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for class_id, name in enumerate(CLASS_NAMES):
            for number in range(1, per_class + 1):
                archive.writestr(f"2750/{name}/{name}_{number}.jpg", jpeg(patch(class_id, number, px)))
        archive.writestr("2750/readme.txt", "not a picture")
    return path


@pytest.fixture(scope="session")
def tiny_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 patches in the public layout."""
    return write_zip(tmp_path_factory.mktemp("eurosat") / "EuroSAT.zip", 24)


@pytest.fixture(scope="session")
def small_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 patches, 68 of them for training: for what a run does, not for what it learns."""
    return write_zip(tmp_path_factory.mktemp("eurosat-small") / "EuroSAT.zip", 8)


@pytest.fixture(scope="session")
def trained(tiny_zip: Path, tmp_path_factory: pytest.TempPathFactory):
    """A pocket network after a few epochs on the tiny data: (TrainResult, request)."""
    from lulc_core.training.train import TrainRequest, train

    out = tmp_path_factory.mktemp("trained")
    request = TrainRequest(
        data=tiny_zip, out=out, name="tiny", architecture="pocket", epochs=6, batch=32, peak_rate=0.05,
        robust_share=0.2, mix_share=0.2, ema=0.8, command="python -m lulc_core train",
    )  # fmt: skip
    return train(request), request

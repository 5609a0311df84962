"""How fast tiles are named, beside the loop that one would write first, in the same run on the same tiles."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.progress import Progress
from lulc_core.model.classifier import load_classifier
from lulc_core.model.network import build_network

TILES = 1024
"""Tiles a round for the classifier: four batches on the CPU, as a map of 20 x 20 km has them."""


def benchmark_classifier(
    *,
    model: str = "default",
    seconds: float = 3.0,
    device: str | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure a model's predict() against plain float32 loops, one tile at a time.

    Args:
        model: a name for load_classifier().
        seconds: least time spent on each of the three measurements, after one round that does not count.
        device: ``cuda``, ``mps``, ``cpu`` or None to choose; the loops run on the same device.

    Returns:
        ``tiles_per_s`` (whole predict(): conversion, network, probabilities, detector), ``baseline_tiles_per_s``
        (ResNet-50), ``ratio`` of the two, ``same_network_one_at_a_time_tiles_per_s``, ``device``, ``precision``,
        ``model``, ``load_s``, ``threads``, ``machine``.

    Raises:
        ModelError: no such model or device.
    """
    report = on_progress or (lambda fraction, message: None)
    report(0.0, "loading the classifier")
    begun = time.perf_counter()
    classifier = load_classifier(model, device=device)
    load_s = time.perf_counter() - begun

    rng = np.random.default_rng(1)
    tiles = rng.integers(20, 200, (TILES, 64, 64, 3), dtype=np.uint8)  # speed does not depend on what is in them
    report(0.1, "naming tiles in batches")
    fast = _rate(lambda: classifier.predict(tiles), TILES, seconds)
    report(0.4, "ResNet-50, one tile at a time")
    baseline = _rate(_one_at_a_time(build_network("resnet50"), tiles, classifier.device), 1, seconds)
    report(0.7, "the same network, one tile at a time")
    same = _rate(_one_at_a_time(build_network(classifier.card.architecture), tiles, classifier.device), 1, seconds)
    report(1.0, "measured")
    return {
        "tiles_per_s": round(fast, 1),
        "baseline_tiles_per_s": round(baseline, 1),
        "ratio": round(fast / baseline, 1),
        "same_network_one_at_a_time_tiles_per_s": round(same, 1),
        "device": classifier.device,
        "precision": classifier.precision,
        "model": classifier.card.name,
        "load_s": round(load_s, 2),
        "threads": torch.get_num_threads(),
        "machine": f"{platform.machine()} {platform.system()}, {torch.get_num_threads()} threads",
    }


def _one_at_a_time(network: Any, tiles: NDArray[np.uint8], device: str) -> Callable[[], object]:
    network = network.eval().to(device)

    def once() -> object:
        with torch.no_grad():
            tile = torch.from_numpy(tiles[0]).to(device).permute(2, 0, 1)[None].float()  # (1, 3, 64, 64)
            return network(tile).softmax(1).cpu().numpy()

    return once


def _rate(once: Callable[[], object], tiles: int, seconds: float) -> float:
    """Tiles a second over at least that time and two rounds."""
    once()
    rounds, begun = 0, time.perf_counter()
    while rounds < 2 or time.perf_counter() - begun < seconds:
        once()
        rounds += 1
    return rounds * tiles / (time.perf_counter() - begun)

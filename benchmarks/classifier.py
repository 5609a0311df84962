"""Tiles a second of the shipped classifier beside a plain ResNet-50 loop: ``python benchmarks/classifier.py``.

With ``--granule`` also a whole granule, 29,241 tiles: named from a file on disk, rows by rows, in bounded memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lulc_core.model.benchmark import benchmark_classifier
from lulc_core.model.classifier import load_classifier

GRANULE_TILES = 171
"""Tiles along a side of a Sentinel-2 granule of 10,980 px."""


def benchmark_granule(model: str, device: str | None) -> dict[str, Any]:
    """Seconds from the start of loading the classifier to the last name, and memory on top of what was in use."""
    side = GRANULE_TILES * 64
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "granule.rgb"
        rng = np.random.default_rng(1)
        with path.open("wb") as file:  # not mapped: what is written so would count as memory
            for _ in range(GRANULE_TILES):
                file.write(rng.integers(20, 200, (64, side, 3), dtype=np.uint8).data)
        begun = time.perf_counter()
        classifier = load_classifier(model, device=device)
        loaded = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        classified = 0

        def rows() -> Any:
            for row in range(0, GRANULE_TILES, 6):
                last = min(row + 6, GRANULE_TILES)
                part = np.fromfile(path, np.uint8, (last - row) * 64 * side * 3, offset=row * 64 * side * 3)
                block = part.reshape(last - row, 64, GRANULE_TILES, 64, 3).transpose(0, 2, 1, 3, 4)
                yield block.reshape(-1, 64, 64, 3)

        for tiles in rows():
            classified += len(classifier.predict(tiles).probabilities)
        done = time.perf_counter()
    return {
        "tiles": classified,
        "seconds": round(done - begun, 2),
        "load_s": round(loaded - begun, 2),
        "tiles_per_s": round(classified / (done - loaded), 1),
        "peak_memory_mb_above_loaded": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--device", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--granule", action="store_true", help="name a whole granule too")
    given = parser.parse_args()
    result = {}
    if given.granule:  # first: what the other measurement loads would count as start-up and memory
        result["granule"] = benchmark_granule(given.model, given.device)
    result["classifier"] = benchmark_classifier(model=given.model, seconds=given.seconds, device=given.device)
    print(json.dumps(result, indent=1))

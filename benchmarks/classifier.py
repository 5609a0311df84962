"""Tiles a second of the shipped classifier beside a plain ResNet-50 loop: ``python benchmarks/classifier.py``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lulc_core.model.benchmark import benchmark_classifier

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--device", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    result = benchmark_classifier(model=given.model, seconds=given.seconds, device=given.device)
    print(json.dumps({"classifier": result}, indent=1))

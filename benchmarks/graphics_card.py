"""Ten minutes of a graphics card: train Lite0 to 2, compact and ResNet-50 on both splits, then time them.

    python -m benchmarks.graphics_card --data EuroSAT.zip --places EuroSAT_MS.zip --out runs      # on the card
    python -m benchmarks.graphics_card ... --device cpu --networks pocket --epochs 1 --minutes 1  # does it run at all?

All trainings run side by side, each a process of its own: what holds them up is the augmentation on the processor, not
the card. Each leaves a checkpoint after every epoch; the same command goes on from there, and trainings that are over
are not run again. ``figures.json`` in --out holds accuracy on the random validation part, in the middle and in the
east, and tiles a second with the share of the card's own rate of matrix products that they come to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lulc_core.model.card import load_card
from lulc_core.model.classifier import load_classifier
from lulc_core.training.new_ground import evaluate_spatial

TUNED = (
    "--init imagenet --optimizer adamw --peak-rate 1e-3 --weight-decay .05 --warm-up .05 --batch 64 --mix-share .3 "
    "--small-px 96 --small-share .4 --plain-epochs 1"
)
SCRATCH = "--batch 128 --peak-rate 0.1 --warm-up 0.1 --mix-share .3 --small-share .4 --plain-epochs 1"
RECIPES = {
    "lite0": f"--architecture lite0-128 {TUNED}",
    "lite1": f"--architecture lite1-128 {TUNED}",
    "lite2": f"--architecture lite2-128 {TUNED}",
    "compact": f"--architecture compact {SCRATCH}",
    "resnet50": f"--architecture resnet50 {SCRATCH}",
    "pocket": f"--architecture pocket {SCRATCH}",
}
SPLITS = ("random", "spatial")
TIMED_TILES, SIDE = 20_000, 8192


class Run(NamedTuple):
    """One training."""

    name: str
    words: list[str]
    weights: Path


def plan(args: argparse.Namespace) -> list[Run]:
    """List the trainings that are not over yet."""
    runs = []
    for network in args.networks:
        for split in SPLITS:
            name = network if split == "random" else f"{network}-west"
            words = ["train", "--data", str(args.data), "--out", str(args.out), "--name", name, "--split", split]
            words += [*RECIPES[network].split(), "--epochs", str(args.epochs)]
            words += ["--places", str(args.places)] if split == "spatial" else []
            words += ["--device", args.device] if args.device else []
            runs.append(Run(name, words, args.out / f"{name}.safetensors"))
    return runs


def train_all(runs: list[Run], out: Path, minutes: float) -> None:
    """Run the trainings side by side until they are over or the time is; what is not over keeps its checkpoint."""
    cores = max(1, (os.cpu_count() or 1) // max(1, len(runs)))
    environment = {**os.environ, "OMP_NUM_THREADS": str(cores), "MKL_NUM_THREADS": str(cores)}
    until, running = time.monotonic() + 60 * minutes, []
    for run in runs:
        if run.weights.exists():
            continue
        with (out / f"{run.name}.log").open("ab") as log:
            command = [sys.executable, "-m", "lulc_core", *run.words]
            running.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
    for process in running:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()


def figures_of(run: Run, args: argparse.Namespace, rate: float | None) -> dict[str, Any]:
    """Read and measure what one training brought."""
    card = load_card(str(run.weights))
    classifier = load_classifier(str(run.weights), device=args.device)
    found: dict[str, Any] = {"validation": dict(card.figures), "seconds": card.training.get("seconds")}
    if run.name.endswith("-west"):
        spatial = evaluate_spatial(args.data, args.places, classifier)
        found |= {part: spatial[part] for part in ("middle", "east")}
    tiles = np.random.default_rng(0).integers(1, 256, (args.tiles, 64, 64, 3), dtype=np.uint8)
    classifier.predict(tiles[:2048])
    begun = time.perf_counter()
    classifier.predict(tiles)
    per_second = len(tiles) / (time.perf_counter() - begun)
    operations = per_second * operations_of(card.architecture)
    found |= {"tiles_per_s": round(per_second, 1), "precision": classifier.precision, "tera_ops": operations / 1e12}
    if rate is not None:
        found["share_of_matrix_rate"] = round(operations / rate, 4)
    return found


def operations_of(architecture: str) -> float:
    """Count the additions and multiplications of convolutions and linear layers for one tile."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from lulc_core.model.network import build_network

    network = build_network(architecture).eval()
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, 64, 64))
    return float(counter.get_total_flops())


def matrix_rate() -> float | None:
    """Measure additions and multiplications a second of a large product in bfloat16; None without a CUDA card."""
    import torch

    if not torch.cuda.is_available():
        return None
    a = torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16)
    for _ in range(3):
        a @ a
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(20):
        a @ a
    torch.cuda.synchronize()
    return 20 * 2 * SIDE**3 / (time.perf_counter() - begun)


def main(words: list[str] | None = None) -> None:
    """Train, measure, write figures.json and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--places", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--networks", nargs="+", choices=sorted(RECIPES), default=["lite0", "lite1", "lite2", "compact",
                        "resnet50"])  # fmt: skip
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--tiles", type=int, default=TIMED_TILES)
    parser.add_argument("--device")
    args = parser.parse_args(words)
    args.out.mkdir(parents=True, exist_ok=True)
    runs, rate = plan(args), matrix_rate()
    train_all(runs, args.out, args.minutes)
    figures = {run.name: figures_of(run, args, rate) for run in runs if run.weights.exists()}
    left = [run.name for run in runs if not run.weights.exists()]
    result = {"matrix_rate": rate, "networks": figures, "not_over": left}
    (args.out / "figures.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Maps finer than tiles: are they better or only smoother, how near is the fast way to the plain one, at what cost?

    python -m benchmarks.detail --data ../shared/data/EuroSAT.zip            # measure and print
    python -m benchmarks.detail --data ../shared/data/EuroSAT.zip --write    # fit again as well, and keep it all

``--write`` is to be run once whenever the weights are replaced: facts of other weights are not used. It writes
``<model>.detail.safetensors`` (the detector of windows in blocks), ``<model>.detail.json`` (power of means, and all
that was measured) and the tables of docs/detail.md.

Mosaics come from validation patches (benchmarks/mosaics.py): those of one half fit the power of the mean, those of
the other half are measured on. The detector is fitted on training patches.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.detail_measures import MADE, cell_truth, class_of, rim, summarise
from benchmarks.detail_tables import write_tables
from benchmarks.machine import describe_machine
from benchmarks.mosaics import LAYOUTS, Mosaic, make_mosaics
from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.scene import Scene
from lulc_core.model.card import resolve
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.model.resolution import ResolutionFacts, detector_path, facts_path, load_resolution_facts
from lulc_core.pipeline.cells import classify_cells, classify_tiles

TRAINING_PATCHES = 1200
FIT_MOSAICS, MOSAICS = 6, 15
"""Mosaics to fit the power of the mean on, and to measure each resolution and the plain way on."""
SPEED_TILES = 12
MIN_CLEAR = 0.5


class OneByOne:
    """The same classifier without the fast way: windows one by one."""

    def __init__(self, classifier: Classifier) -> None:
        self.card, self.predict = classifier.card, classifier.predict


def scenes_of(mosaic: Mosaic, cell_m: int, *, ring: bool = True) -> tuple[TileGrid, Scene, Scene]:
    """The grid, what a source would have loaded of it, and of the ring around; without ``ring`` nothing is there."""
    k, inner = TILE_M // cell_m, mosaic.rgb.shape[0] // TILE_PX - 2
    grid = TileGrid(32632, 700 * k, 7900 * k - 1, inner * k, inner * k, cell_m=cell_m)
    reflectance = (np.moveaxis(mosaic.rgb, 2, 0).astype(np.float32) - 1) * np.float32(0.275 / 254)

    def scene(on: TileGrid, pixels: NDArray[np.float32], there: bool) -> Scene:
        yes = np.full(on.shape_px, there)
        return Scene(on, MADE, RGB, np.ascontiguousarray(pixels) * there, yes, np.ones(on.shape_px, bool))

    own = reflectance[:, TILE_PX:-TILE_PX, TILE_PX:-TILE_PX]
    return grid, scene(grid.tiles, own, True), scene(grid.surroundings, reflectance, ring)


def map_of(mosaic: Mosaic, cell_m: int, network: Any, *, power: float = 1.0, ring: bool = True) -> LandCoverMap:
    """The map that the program makes of a mosaic."""
    grid, scene, around = scenes_of(mosaic, cell_m, ring=ring)
    if cell_m == TILE_M:
        return classify_tiles(scene, network, min_clear_share=MIN_CLEAR)
    return classify_cells(grid, scene, around, network, power=power, min_clear_share=MIN_CLEAR)


def fit(model: str, classifier: Classifier, patches: Any, halves: Sequence[Any], say: Callable[[str], None]) -> None:
    """Fit detector and power of the mean and write them beside the weights."""
    from safetensors.numpy import save

    from benchmarks.detail_fit import fit_block_detector, fit_mean_power
    from lulc_core.model.runtime.fully_conv import load_fully_conv

    weights, card = resolve(model), classifier.card
    folder = weights.parent
    training = patches.part("train")
    keep = np.zeros(len(training), bool)
    keep[np.random.default_rng(0).permutation(len(training))[:TRAINING_PATCHES]] = True
    fully_conv = load_fully_conv(weights, card, classifier.device, classifier.precision)
    detector, threshold = fit_block_detector(
        fully_conv,
        training.where(keep),
        patches.part("validation"),
        on_progress=lambda f, m: say(f"{100 * f:.0f} % {m}"),
    )
    arrays = {name: tensor.numpy() for name, tensor in detector.to_tensors().items()}
    detector_path(card.name, folder).write_bytes(save(arrays))
    facts_path(card.name, folder).write_text(ResolutionFacts(card.sha256, threshold, {}).to_json(), encoding="utf-8")

    fresh = load_classifier(model, device=classifier.device)
    power: dict[int, float] = {}
    mosaics = make_mosaics(halves[0], FIT_MOSAICS, seed=1)
    for cell_m in (m for m in RESOLUTIONS_M if m != TILE_M):
        means, truth = [], []
        for mosaic in mosaics:
            found = map_of(mosaic, cell_m, fresh)
            means.append(found.probabilities.reshape(-1, 10))
            truth.append(cell_truth(mosaic, cell_m).ravel())
        power[cell_m] = fit_mean_power(np.concatenate(means), np.concatenate(truth))
        say(f"power at {cell_m} m: {power[cell_m]}")
    facts = ResolutionFacts(card.sha256, threshold, power)
    facts_path(card.name, folder).write_text(facts.to_json(), encoding="utf-8")


def measure(classifier: Classifier, facts: ResolutionFacts, half: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything about mosaics: each resolution, the plain way, the rim."""
    mosaics = make_mosaics(half, MOSAICS, seed=2)
    plain = OneByOne(classifier)
    out: dict[str, Any] = {"mosaics": {"n": len(mosaics), "layouts": list(LAYOUTS)}}
    found: dict[int, list[LandCoverMap]] = {}
    for cell_m in RESOLUTIONS_M:
        found[cell_m] = [map_of(m, cell_m, classifier, power=facts.power.get(cell_m, 1.0)) for m in mosaics]
        out[f"{cell_m} m"] = summarise(mosaics, found[cell_m])
        say(f"{cell_m} m: {100 * out[f'{cell_m} m']['ground_right']:.1f} % of the ground right")
    say("the plain way at 160 m")
    one = [map_of(m, 160, plain, power=facts.power[160]) for m in mosaics]
    fast = found[160]
    away = np.abs(np.stack([a.probabilities - b.probabilities for a, b in zip(one, fast, strict=True)]))
    same = np.stack([class_of(a) == class_of(b) for a, b in zip(one, fast, strict=True)])
    sure = np.stack([(a.confidence >= 0.8) for a in one])
    out["plain way at 160 m"] = summarise(mosaics, one) | {
        "probabilities_mean_difference": float(away.mean()),
        "probabilities_99th_percentile": float(np.quantile(away.max(axis=-1), 0.99)),
        "probabilities_largest_difference": float(away.max()),
        "same_class": float(same.mean()),
        "same_class_where_sure": float(same[sure].mean()),
        "sure_share": float(sure.mean()),
    }
    bare = [map_of(m, 160, classifier, power=facts.power[160], ring=False) for m in mosaics]
    out["rim"] = {
        "with the ring loaded": rim(mosaics, found[160]),
        "without it": rim(mosaics, bare),
        "what": "share of ground right in the outermost 160 m, and further in than 640 m",
    }
    return out


def speed(classifier: Classifier, half: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds for the tiles of a square, and for all its windows in the plain and in the fast way."""
    from benchmarks.mosaics import SIDE_PX

    parts = [m.rgb for m in make_mosaics(half, 9, seed=3)]
    rows = [np.concatenate(parts[i : i + 3], axis=1) for i in (0, 3, 6)]
    grey = np.concatenate(rows)[: (SPEED_TILES + 2) * TILE_PX, : (SPEED_TILES + 2) * TILE_PX]
    n = SPEED_TILES * TILE_PX
    inner = grey[TILE_PX : TILE_PX + n, TILE_PX : TILE_PX + n]
    tiles = inner.reshape(SPEED_TILES, TILE_PX, SPEED_TILES, TILE_PX, 3).swapaxes(1, 2).reshape(-1, TILE_PX, TILE_PX, 3)

    def wanted(step_px: int) -> NDArray[np.bool_]:
        k = (grey.shape[0] - TILE_PX) // step_px + 1
        mask = np.zeros((k, k), bool)
        mask[1:-1, 1:-1] = True
        return mask

    def every_window(step_px: int) -> Callable[[], Any]:
        return lambda: classifier.predict_windows(grey, wanted(step_px), step_px=step_px)

    from lulc_core.model.runtime.windows import predict_one_by_one

    ways: dict[str, Callable[[], Any]] = {
        "tiles": lambda: classifier.predict(tiles),
        "windows every 160 m, fast": every_window(16),
        "windows every 80 m, fast": every_window(8),
        "windows every 160 m, one by one": lambda: predict_one_by_one(classifier, grey, wanted(16), step_px=16),
    }
    seconds = {}
    for name, way in ways.items():
        runs = []
        for _ in range(1 if "one by one" in name else 3):
            started = time.perf_counter()
            way()
            runs.append(time.perf_counter() - started)
        seconds[name] = min(runs)
        say(f"{name}: {seconds[name]:.2f} s")
    return {
        "tiles": len(tiles),
        "side_px": SIDE_PX,
        "seconds": {k: round(v, 3) for k, v in seconds.items()},
        "times_the_cost_of_tiles": {k: round(v / seconds["tiles"], 2) for k, v in seconds.items()},
        "precision_of_tiles": classifier.precision,
        "device": classifier.device,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detail", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="EuroSAT.zip (RGB)")
    parser.add_argument("--model", default="default")
    parser.add_argument("--write", action="store_true", help="fit again, and keep what was found beside the weights")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)

    import torch

    from lulc_core.training.eurosat import load_eurosat

    torch.set_num_threads(1)
    started = time.perf_counter()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.perf_counter() - started:5.0f} s  {text}\n")

    machine = describe_machine()
    patches = load_eurosat(args.data)
    validation = patches.part("validation")
    even = np.arange(len(validation)) % 2 == 0
    halves = validation.where(even), validation.where(~even)
    classifier = load_classifier(args.model)
    folder = resolve(args.model).parent
    if args.write:
        fit(args.model, classifier, patches, halves, say)
        classifier = load_classifier(args.model)
    facts = load_resolution_facts(classifier.card.name, classifier.card.sha256, folder)
    if facts is None:
        sys.stderr.write("Error: nothing is known of these weights at finer resolution. Run it with --write.\n")
        return 2
    measured = measure(classifier, facts, halves[1], say)
    measured["speed"] = speed(classifier, halves[1], say)
    measured["made_by"] = "python -m benchmarks.detail --data EuroSAT.zip --write"
    measured["machine"] = machine
    if args.write:
        facts = ResolutionFacts(facts.sha256, facts.ood_threshold, facts.power, measured)
        facts_path(classifier.card.name, folder).write_text(facts.to_json(), encoding="utf-8")
        write_tables(Path(__file__).parents[1] / "docs" / "detail.md", facts)
    if args.json:
        sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    say("done")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

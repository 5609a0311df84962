"""The command ``evaluate``: patches of the random split, ground where the network has never been, labelled scenes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lulc_core.cli.arguments import PLACES, add_command, add_model, add_symmetries
from lulc_core.cli.model import patch_cache
from lulc_core.cli.output import print_json, print_lines, progress, share, table
from lulc_core.domain.errors import InputError


def add_evaluate(commands: Any) -> None:
    """Declare the command ``evaluate``."""
    parser = add_command(
        commands,
        "evaluate",
        run_evaluate,
        "measure a network",
        "Measures a network on patches kept out of its training, where it has never been, and on labelled scenes.",
        "evaluate --data EuroSAT.zip --places EuroSAT_MS.zip --outside scenes --json",
    )
    parser.add_argument("--data", metavar="ZIP_OR_FOLDER", help="EuroSAT RGB, as downloaded or unpacked")
    parser.add_argument(
        "--split",
        default="validation",
        choices=("train", "validation", "test", "random", "spatial"),
        help="a part of the random split (random: validation), or spatial alone (default: %(default)s)",
    )
    parser.add_argument("--places", metavar="FILE", help=PLACES)
    parser.add_argument(
        "--west",
        metavar="MODEL",
        help="weights of the same recipe from the west alone (default: NAME-west)",
    )
    parser.add_argument("--outside", metavar="DIR", help="labelled scenes: right there, and as sure as right?")
    parser.add_argument("--shifts", action="store_true", help="also in other light and air; 34 times as long")
    add_symmetries(parser)
    parser.add_argument("--scenes", metavar="DIR", help="real scenes (GeoTIFF): how many of their tiles are unlike")
    parser.add_argument("--against", metavar="MODEL", help="another network on the same patches, for comparison")
    parser.add_argument("--write", action="store_true", help="keep the result beside the weights, for the app")
    add_model(parser)


def run_evaluate(args: argparse.Namespace) -> None:
    """Measure a network as the options say, and keep or print the figures."""
    from lulc_core.model.classifier import load_classifier
    from lulc_core.settings import load_settings
    from lulc_core.training.new_ground import add_to_evaluation

    model = load_settings(model=args.model).model
    patches, spatial = bool(args.data) and args.split != "spatial", args.split == "spatial" or bool(args.places)
    if not (patches or spatial or args.outside):
        raise InputError("Nothing to measure on is named.", hint="Give --data EuroSAT.zip, --outside DIR, or both.")
    if spatial and not (args.data and args.places):
        raise InputError(
            "The spatial split needs the patches and where they lie.", hint="Give --data and --places, both."
        )
    if args.write and patches and not args.shifts:
        raise InputError("--write keeps the whole evaluation.", hint="Add --shifts.")
    classifier = load_classifier(model, device=args.device)
    result = _on_patches(args, classifier) if patches else {}
    if spatial:
        from lulc_core.training.new_ground import evaluate_spatial, west_of

        west = load_classifier(args.west or west_of(model), device=args.device)
        result["spatial"] = evaluate_spatial(
            args.data,
            args.places,
            west,
            test_time_augmentation=args.symmetries,
            cache=patch_cache(),
            on_progress=progress(args),
        )
    if args.outside:
        from lulc_core.labelled_scenes import measure_outside

        classifier.test_time_augmentation = args.symmetries
        result["outside"] = measure_outside(Path(args.outside), classifier, on_progress=progress(args))
    written = []
    if args.write and patches:
        from lulc_core.training.evaluate import write_evaluation

        written = [str(write_evaluation(result, model))]
    elif args.write:
        written = [str(add_to_evaluation(result, model))]
    if args.json:
        print_json(result)
        return
    print_lines(_spatial_lines(result["spatial"]) if spatial else ())
    print_lines(_outside_lines(result["outside"]) if args.outside else ())
    print_lines(_patch_lines(result) if patches else ())
    print_lines(f"wrote {path}" for path in written)


def _on_patches(args: argparse.Namespace, classifier: Any) -> dict[str, Any]:
    from lulc_core.model.classifier import load_classifier
    from lulc_core.training.evaluate import evaluate

    scenes: tuple[Any, ...] = ()
    if args.scenes:
        from lulc_core.ood_scenes import ood_scenes

        scenes = ood_scenes(Path(args.scenes))
    return evaluate(
        Path(args.data),
        split="validation" if args.split == "random" else args.split,
        model=classifier,
        corruptions=args.shifts,
        test_time_augmentation=args.symmetries,
        ood_tiles=scenes,
        against=load_classifier(args.against, device=args.device) if args.against else None,
        cache=patch_cache(),
        on_progress=progress(args),
    )


def _spatial_lines(found: Mapping[str, Any]) -> list[str]:
    lines = [f"{found['model']['name']}, which learnt from the west of Europe alone:"]
    for part in ("middle", "east"):
        f = found[part]
        low, high = f["accuracy_95"]
        lines.append(
            f"  {part}: {f['n']:,} patches, accuracy {share(f['accuracy'], 2)} (95 % interval {100 * low:.2f} to "
            f"{100 * high:.2f}), says {share(f['stated'], 2)}, calibration error {share(f['ece'], 2)}"
        )
    return [*lines, ""]


def _outside_lines(found: Mapping[str, Any]) -> list[str]:
    sure = found["sure"]
    rows = [
        (s["name"], f"{s['cells']:,}", share(s["right"], 1), share(s["stated"], 1), share(s["flagged"], 1))
        for s in found["scenes"]
    ]
    of_sure = "none" if sure["right"] is None else f"{share(sure['right'], 1)} of {sure['n']:,}"
    if sure["right_but_roads"] is not None:
        of_sure += f"; {share(sure['right_but_roads'], 1)} without the {sure['roads']} named Highway"
    return [
        f"labelled scenes: {len(rows)} of {found['cells']:,} cells of {found['cell_m']} m; right "
        f"{share(found['right'], 1)}, says {share(found['stated'], 1)} (means over scenes)",
        f"right where it is {share(sure['from'], 0)} sure and more: {of_sure}",
        "",
        *table(("scene", "cells ", "right ", "says ", "unlike "), rows),
        "",
    ]


def _patch_lines(result: Mapping[str, Any]) -> list[str]:
    low, high = result["accuracy_95"]
    lines = [
        f"{result['split']}: {result['n']:,} patches, accuracy {share(result['accuracy'], 2)} "
        f"(95 % interval {100 * low:.2f} to {100 * high:.2f}), calibration error "
        f"{share(result['ece'], 2)}",
        "A random split leaks neighbouring patches: expect less on other ground.",
        "",
    ]
    if "against" in result:
        other = result["against"]
        mean = "" if other["mean_shift_accuracy"] is None else f", shifts {share(other['mean_shift_accuracy'], 2)}"
        lines += [f"beside it {other['name']}: accuracy {share(other['accuracy'], 2)}{mean}", ""]
    rows = [(r["class"], f"{r['n']:,}", share(r["recall"], 1), share(r["precision"], 1)) for r in result["per_class"]]
    lines += table(("class", "patches ", "found (recall) ", "right (precision) "), rows)
    letters = [name[:6] for name in result["classes"]]
    matrix = zip(result["classes"], result["matrix"], strict=True)
    return [
        *lines,
        "",
        "rows: reference, columns: predicted",
        *table(("", *(f"{n} " for n in letters)), [(n, *(str(v) for v in row)) for n, row in matrix]),
    ]

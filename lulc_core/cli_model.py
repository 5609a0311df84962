"""The commands ``classify``, ``train``, ``evaluate`` and ``benchmark``."""

from __future__ import annotations

import argparse
from pathlib import Path

from lulc_core.cli_output import print_json, print_lines, progress, table
from lulc_core.domain.errors import InputError


def run_classify(args: argparse.Namespace) -> None:
    """Names pictures."""
    from lulc_core.domain.classes import CLASS_NAMES, CLASSES
    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline import classify_pictures
    from lulc_core.settings import load_settings
    from lulc_core.sources.picture import load_picture

    model = load_settings(model=args.model).model
    pictures = [load_picture(Path(p)) for p in args.pictures]
    results = classify_pictures(pictures, load_classifier(model, device=args.device))
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
        then = f", then {CLASSES[second].label} ({100 * p_second:.1f} %)" if p_second >= 0.01 else ""
        print_lines(
            [
                f"{path}: {CLASSES[r.class_id].label} ({100 * r.probability:.1f} %){then}",
                *(f"  {note}" for note in r.notes),
            ]
        )


def run_train(args: argparse.Namespace) -> None:
    """Trains and writes weights and card."""
    from lulc_core.training.train import TrainRequest, train

    request = TrainRequest(
        data=Path(args.data),
        out=Path(args.out),
        name=args.name,
        architecture=args.architecture,
        epochs=args.epochs,
        batch=args.batch,
        seed=args.seed,
        device=args.device,
        command=args.command_line,
    )
    result = train(request, on_progress=progress(args))
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


def run_evaluate(args: argparse.Namespace) -> None:
    """Measures a network on one part of EuroSAT."""
    from lulc_core.settings import load_settings
    from lulc_core.training.evaluate import evaluate, write_evaluation

    model = load_settings(model=args.model).model
    if args.write and not args.shifts:
        raise InputError("--write keeps the whole evaluation.", hint="Add --shifts.")
    from lulc_core.model.classifier import load_classifier

    classifier = load_classifier(model, device=args.device)
    result = evaluate(
        Path(args.data), split=args.split, model=classifier, shifts=args.shifts, on_progress=progress(args)
    )
    written = [str(write_evaluation(result, model))] if args.write else []
    if args.json:
        print_json(result)
        return
    low, high = result["accuracy_95"]
    print_lines(
        [
            f"{result['split']}: {result['n']:,} patches, accuracy {100 * result['accuracy']:.2f} % "
            f"(95 % interval {100 * low:.2f} to {100 * high:.2f}), calibration error {100 * result['ece']:.2f} %",
            "A random split leaks neighbouring patches: expect less on other ground.",
            "",
        ]
    )
    rows = [(r["class"], f"{r['n']:,}", _pct(r["recall"]), _pct(r["precision"])) for r in result["per_class"]]
    print_lines(table(("class", "patches ", "found (recall) ", "right (precision) "), rows))
    print_lines(["", "rows: reference, columns: predicted"])
    letters = [name[:6] for name in result["classes"]]
    print_lines(
        table(
            ("", *(f"{n} " for n in letters)),
            [(n, *(str(v) for v in row)) for n, row in zip(result["classes"], result["matrix"], strict=True)],
        )
    )
    print_lines(f"wrote {path}" for path in written)


def run_benchmark(args: argparse.Namespace) -> None:
    """Measures the classifier alone, against one tile at a time in plain float32."""
    from lulc_core.model.benchmark import benchmark_classifier
    from lulc_core.settings import load_settings

    if not 0 < args.seconds <= 600:
        raise InputError(f"--seconds is {args.seconds:g}; it must be above 0 and at most 600.")
    figures = benchmark_classifier(
        model=load_settings(model=args.model).model, seconds=args.seconds, device=args.device
    )
    if args.json:
        print_json({"classifier": figures})
        return
    width = max(len(k) for k in figures)
    print_lines(
        f"{k.ljust(width)}  {v:,.1f}" if isinstance(v, float) else f"{k.ljust(width)}  {v}" for k, v in figures.items()
    )


def _pct(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"

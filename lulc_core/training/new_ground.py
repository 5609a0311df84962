"""What a network is worth where it has never been: trained in the west of Europe, asked in the middle and in the east.

Neighbouring patches of one scene lie on both sides of a random split, which so measures memory of scenes as well. The
network that ships has learnt from everywhere; the figures come from a second one that the same recipe made from the
west alone. The middle is what recipes are chosen by and certainty is fitted on; the east is looked at last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lulc_core.domain.errors import FileFormatError, InputError, ModelError
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.files import write_whole
from lulc_core.domain.progress import Cancelled, Progress, progress_of_part
from lulc_core.model.card import WEST_END, evaluation_path, load_card, resolve
from lulc_core.model.classifier import Classifier
from lulc_core.training.calibration import expected_calibration_error
from lulc_core.training.eurosat import SPATIAL_RULE, Bands, PatchCache, Split, load_eurosat, load_places
from lulc_core.training.export import calibration_half

_PARTS: Mapping[str, Split] = {"middle": "validation", "east": "test"}


def west_of(model: str) -> str:
    """Name the weights that the recipe of a model made from the west alone: ``NAME-west.safetensors`` beside its own.

    Raises:
        ModelError: there is no such model, or no such weights beside it.
    """
    weights = resolve(model)
    west = weights.with_name(f"{weights.stem}{WEST_END}.safetensors")
    if not west.is_file():
        raise ModelError(
            f"Beside {weights.name} lie no weights that learnt from the west alone ({west.name}).",
            hint="Name them with --west, or make them with `train --split spatial`.",
        )
    return str(west)


def evaluate_spatial(
    data: Path | str,
    places: Path | str,
    west: Classifier,
    *,
    test_time_augmentation: bool = False,
    cache: PatchCache | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Measure a network that learnt from the west alone in the middle and in the east.

    Args:
        data: EuroSAT.zip or its folder.
        places: see eurosat.load_places().
        west: the network.
        test_time_augmentation: of the mean over the eight turns and mirrors.
        cache: where decoded patches are kept for the next run; None to keep none.

    Returns:
        JSON-ready: ``rule``, ``model`` (name, architecture, sha256, command), and for ``middle`` and ``east`` ``n``,
        ``accuracy``, ``accuracy_95``, ``stated`` (mean of the largest probability), ``ece`` and ``unlike_share``; of
        the middle ``ece`` and ``stated`` are of the half that certainty was not fitted on. ``symmetries_averaged``.

    Raises:
        InputError: the network has learnt from elsewhere too, or a part of the split is not in these data.
        FileFormatError: the data are no EuroSAT, the places no list.
        CancelledError: ``cancelled()`` became True.
    """
    if west.card.split != SPATIAL_RULE:
        raise InputError(
            f"{west.card.name} has learnt from everywhere, so asking it about the east would test its memory.",
            hint="Give --west weights that `train --split spatial` made.",
        )
    bands: Bands = "rgb" if len(west.card.bands) == 3 else "all"
    patches, where = load_eurosat(data, bands=bands, cache=cache, cancelled=cancelled), load_places(places)
    result: dict[str, Any] = {
        "rule": SPATIAL_RULE,
        "model": {key: getattr(west.card, key) for key in ("name", "architecture", "sha256", "command")},
        "symmetries_averaged": test_time_augmentation,
    }
    for i, (name, split) in enumerate(_PARTS.items()):
        part = patches.part(split, where)
        if len(part) == 0:
            raise InputError(
                f"None of the {len(patches):,} patches in {Path(data).name} lies in the {name}.",
                hint="Give --places the list of these patches.",
            )
        report = None if on_progress is None else progress_of_part(on_progress, i, len(_PARTS))
        answer = west.predict(
            part.images, test_time_augmentation=test_time_augmentation, on_progress=report, cancelled=cancelled
        )
        right = answer.probabilities.argmax(1) == part.class_ids
        unseen = ~calibration_half(part) if split == "validation" else np.ones(len(part), bool)
        result[name] = {
            "n": len(part),
            "accuracy": _rounded(right.mean()),
            "accuracy_95": [_rounded(end) for end in wilson(int(right.sum()), len(part))],
            "stated": _rounded(answer.probabilities[unseen].max(1).mean()),
            "ece": _rounded(expected_calibration_error(answer.probabilities[unseen], part.class_ids[unseen])),
            "unlike_share": _rounded(answer.is_ood.mean()),
        }
    return result


def add_to_evaluation(found: Mapping[str, Any], model: str) -> Path:
    """Write ``spatial``, ``outside`` or ``speed`` into the stored evaluation of a model, and leave its rest as it is.

    Raises:
        ModelError: no such model.
        InputError: it has no evaluation yet, or that is of other weights.
        FileFormatError: the stored evaluation is damaged.
    """
    card, path = load_card(model), evaluation_path(resolve(model))
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        sha256 = stored["model"]["sha256"]
    except FileNotFoundError as e:
        raise InputError(f"{card.name} has no evaluation yet.", hint="Make it with --shifts --write first.") from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise FileFormatError(f"The evaluation {path.name} is damaged ({e}).", hint="Make it again.") from e
    if sha256 != card.sha256:
        raise InputError(
            f"The evaluation {path.name} is of other weights.", hint="Make it again with --shifts --write."
        )
    write_whole(path, (json.dumps({**stored, **found}, indent=1) + "\n").encode())
    return path


def _rounded(value: Any) -> float:
    return round(float(value), 5)

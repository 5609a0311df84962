"""The answers of a blind check as a small JSON text, from which it can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lulc_core.analysis.accuracy.sample import LABEL_NAMES, Sample, draw_sample, result_key
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.land_cover import LandCoverMap

_FORMAT, _VERSION = "lulc-explorer-labels", 1
MAX_BYTES = 1_000_000
"""The largest sample has a tenth of it; what stands in so few bytes is read in this process, as links are."""
OTHER_MAP = "Open the map that the labels were given for, or begin a new check."
_SAVED = "Give the file that was saved during a check."


def labels_to_json(sample: Sample, labels: Mapping[str, int]) -> str:
    """Write labels as a small JSON text, from which :func:`labels_from_json` goes on."""
    return json.dumps(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "result": sample.result_key,
            "seed": sample.seed,
            "sample": len(sample.tiles),
            "labels": {t.tile_id: LABEL_NAMES[labels[t.tile_id]] for t in sample.tiles if t.tile_id in labels},
        },
        indent=1,
    )


def labels_from_json(
    text: str | bytes, shown: LandCoverMap, tiles: LandCoverMap | None = None
) -> tuple[Sample, dict[str, int]]:
    """Read the sample and the labels of a saved check.

    Args:
        text: what :func:`labels_to_json` gave.
        shown: the map on the screen.
        tiles: its 640 m tiles, which earlier versions took the sample from, for a sentence that says so.

    Raises:
        FileFormatError: not such a file, a damaged one, or one far too large.
        InputError: its labels are of another map.
    """
    if len(text) > MAX_BYTES:
        raise FileFormatError(
            f"This file has {len(text) / 1e6:,.1f} MB; the answers of a check have at most {MAX_BYTES / 1e6:.0f} MB.",
            hint=_SAVED,
        )
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError("This file holds no labels: it is not JSON.", hint=_SAVED) from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT or data.get("version") != _VERSION:
        raise FileFormatError("This file holds no labels of a check.", hint=_SAVED)
    if tiles is not None and tiles is not shown and data.get("result") == result_key(tiles):
        raise InputError(
            f"These labels are of the 640 m tiles; the map that is shown has cells of {shown.grid.cell_m} m.",
            hint="Show the map in tiles of 640 m to go on, or begin a new check of the cells.",
        )
    if data.get("result") != result_key(shown):
        raise InputError("These labels are of another map; they say nothing about this one.", hint=OTHER_MAP)
    ids = {name: i for i, name in LABEL_NAMES.items()}
    try:
        sample = draw_sample(shown, int(data["sample"]), int(data["seed"]))
        labels = {str(k): ids[v] for k, v in data["labels"].items()}
    except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
        raise FileFormatError("The file with the labels is damaged.", hint=_SAVED) from error
    if not set(labels) <= {t.tile_id for t in sample.tiles}:
        raise FileFormatError("The file with the labels is damaged: it names squares that were not drawn.", hint=_SAVED)
    return sample, labels

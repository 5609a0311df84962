"""What lies beside the weights that made a result: card and evaluation, for documents and files. Loads no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lulc_core.model.card import available_models, evaluation_path, weights_path


def files_beside(name: str, sha256: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Read card and evaluation of the weights with that name and hash, each None where it is not at hand or of others.

    Args:
        name: as a result keeps it. It may come from a file of unknown origin: only models of this program are looked
            up, a path leads nowhere.
        sha256: of the weights.
    """
    if name not in available_models():
        return None, None
    weights = weights_path(name)
    card = _read(weights.with_suffix(".json"))
    evaluation = _read(evaluation_path(weights))
    about = (evaluation or {}).get("model")
    return (
        card if card is not None and card.get("sha256") == sha256 else None,
        evaluation if isinstance(about, dict) and about.get("sha256") == sha256 else None,
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none was made, or it is damaged: the model page says so, a file only goes without
        return None
    return values if isinstance(values, dict) else None

"""What was measured of maps finer than tiles, for one set of weights: a JSON file beside them (*.detail.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lulc_core.domain.errors import ModelError
from lulc_core.model.card import weights_path


@dataclass(frozen=True)
class ResolutionFacts:
    """How the mean of windows is to be read, and what is known of it."""

    sha256: str
    """Of the weights that it was measured with."""
    ood_threshold: float
    """A window seen as part of a block (runtime/fully_conv.py) whose score is above this is out of distribution;
    the score is that of the detector in the ``.detail.safetensors`` file."""
    power: Mapping[int, float]
    """By side of a cell in metres: the mean of windows to this power, brought back to sum 1, is calibrated. Above 1:
    the mean of windows is less sure than it is right."""
    measured: Mapping[str, Any] = field(default_factory=dict)
    """Everything that ``python -m benchmarks.detail`` found; see docs/detail.md."""

    def to_json(self) -> str:
        """Write the facts as JSON text."""
        values = {
            "sha256": self.sha256,
            "unlike_threshold": round(self.ood_threshold, 4),
            "sharpness": {str(m): round(g, 4) for m, g in self.power.items()},
            "measured": dict(self.measured),
        }
        return json.dumps(values, indent=1, allow_nan=False) + "\n"


def facts_path(name: str, folder: Path | None = None) -> Path:
    """Name the file of the facts of a model."""
    return weights_path(name, folder).with_suffix(".detail.json")


def detector_path(name: str, folder: Path | None = None) -> Path:
    """Name the file of the detector of out-of-distribution windows seen as part of a block."""
    return weights_path(name, folder).with_suffix(".detail.safetensors")


def load_resolution_facts(name: str, sha256: str, folder: Path | None = None) -> ResolutionFacts | None:
    """Read the facts of a model, None where none were measured for these very weights.

    Args:
        name: of the model.
        sha256: of its weights.
        folder: another folder than that of the program's own weights.

    Raises:
        ModelError: the file is damaged.
    """
    path = facts_path(name, folder)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        power = {int(m): float(g) for m, g in values["sharpness"].items()}
        facts = ResolutionFacts(
            values["sha256"],
            float(values["unlike_threshold"]),
            MappingProxyType(power),
            MappingProxyType(values["measured"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise ModelError(
            f"The file {path.name} beside the weights is damaged ({type(e).__name__}: {e}).",
            hint="Fetch it again (git checkout), or make it with `python -m benchmarks.detail --write`.",
        ) from e
    return facts if facts.sha256 == sha256 else None

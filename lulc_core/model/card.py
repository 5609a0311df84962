"""What one needs to know about a set of weights before using it: a JSON file beside the safetensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lulc_core.domain.errors import ModelError

WEIGHTS_DIR = Path(__file__).parent / "weights"
TRIALS_DIR = WEIGHTS_DIR.with_name("trials")
"""Cards and evaluations of networks that were trained for comparison only; their weights are not shipped."""
RGB_L1C, MS_L1C = "eurosat-rgb-l1c", "eurosat-ms-l1c"
"""Radiometry of red, green and blue (domain.radiometry.to_eurosat_rgb) and of 13 bands (to_eurosat_band)."""
DEFAULT_MODEL = "lite0"
"""What the name ``default`` stands for."""
WEST_END = "-west"
"""Ends the name of weights trained on the west of Europe alone by a model's recipe: they measure it on new ground."""


@dataclass(frozen=True)
class ModelCard:
    """Weights, what they expect, and what they were measured to do."""

    name: str
    """Name of the weights, for ``--model``."""
    architecture: str
    """Name for network.build_network()."""
    bands: tuple[str, ...]
    """Bands of the input in order, ``("B04", "B03", "B02")``."""
    radiometry: str
    """RGB_L1C or MS_L1C: what becomes of top-of-atmosphere reflectance."""
    classes: tuple[str, ...]
    """Class names in the order of the probabilities."""
    tile_px: int
    """Height and width of the input in pixels."""
    temperature: float
    """Logits are divided by this before the softmax."""
    unlike_threshold: float
    """A tile whose score is above this is out of distribution; named as in the card's file."""
    sha256: str
    """Of the weights file."""
    split: str
    """The rule that kept training and validation patches apart."""
    command: str
    """What made these weights."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """``accuracy`` (0 to 1), ``ece``, ``n`` on the validation part."""
    unlike_threshold_l2a: float | None = None
    """The same for surface reflectance, which lies further from the training patches; None for weights of before."""
    shifted_windows: bool = False
    """A tile's probabilities are the mean over its own pixels and four windows around it (pipeline/shifted.py)."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Data, epochs, seed, versions, machine, history: how it was trained."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "figures", MappingProxyType(dict(self.figures)))
        object.__setattr__(self, "training", MappingProxyType(dict(self.training)))

    @property
    def settings(self) -> dict[str, Any]:
        """``training`` without its curve; of a mean of networks, theirs: one value where they agree, else a tuple."""
        each = [p["training"] for p in self.training.get("parents", ())]
        known = {k: tuple(t.get(k) for t in each) for k in (each[0] if each else ())}
        shared = {k: v[0] if len(set(map(str, v))) == 1 else v for k, v in known.items()}
        return {**shared, **{k: v for k, v in self.training.items() if k not in ("history", "parents")}}

    def to_json(self) -> str:
        """Write the card as JSON text."""
        values = {k: dict(v) if isinstance(v, Mapping) else v for k, v in vars(self).items()}
        return json.dumps(values, indent=1) + "\n"


def weights_path(name: str, folder: Path | None = None) -> Path:
    """Name the file of the weights of that name."""
    return (folder or WEIGHTS_DIR) / f"{DEFAULT_MODEL if name == 'default' else name}.safetensors"


def evaluation_path(weights: Path) -> Path:
    """Name the file of a model's evaluation: ``<name>.evaluation.json`` beside its weights."""
    return weights.with_name(f"{weights.stem}.evaluation.json")


def available_models() -> tuple[str, ...]:
    """List the models to choose from, the default first; not those from the west alone, which are there for tests."""
    names = sorted(name for name in _shipped() if not name.endswith(WEST_END))
    return tuple(sorted(names, key=lambda n: n != DEFAULT_MODEL))


def _shipped() -> set[str]:
    cards = (p for p in WEIGHTS_DIR.glob("*.json") if "." not in p.stem)  # compact.evaluation.json is no card
    return {p.stem for p in cards if p.with_suffix(".safetensors").exists()}


def load_card(name: str = "default") -> ModelCard:
    """Read the card of a model; loads nothing heavy.

    Args:
        name: ``default``, a name of available_models(), or the path of a .safetensors file with its card beside it.

    Raises:
        ModelError: there is no such model, or its card is damaged.
    """
    return read_card(resolve(name).with_suffix(".json"))


def read_card(card: Path) -> ModelCard:
    """Read the file of a card.

    Raises:
        ModelError: it is not there or damaged.
    """
    try:
        values = json.loads(card.read_text(encoding="utf-8"))
        values = {**values, "bands": tuple(values["bands"]), "classes": tuple(values["classes"])}
        return ModelCard(**values)
    except FileNotFoundError as e:
        raise ModelError(
            f"The weights {card.stem}.safetensors have no card {card.name} beside them.", hint=_HINT
        ) from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise ModelError(f"The model card {card.name} is damaged ({type(e).__name__}: {e}).", hint=_HINT) from e


def resolve(name: str) -> Path:
    """Find the weights file that a name or path stands for.

    Raises:
        ModelError: there is none.
    """
    if name.endswith(".safetensors"):
        path = Path(name)
        known = path.is_file()
    else:
        path = weights_path(name)
        known = name == "default" or name in _shipped()  # a name is never a way to other folders
    if not known or not path.is_file():
        raise ModelError(
            f"There is no model {name!r}; available: {', '.join(available_models()) or 'none'}.",
            hint="Name one of these, or give the path of a .safetensors file that `train` made.",
        )
    return path


def checked_bytes(weights: Path, card: ModelCard) -> bytes:
    """Read the weights file and compare it with the card's hash.

    Raises:
        ModelError: it cannot be read or is not the file that the card describes.
    """
    try:
        data = weights.read_bytes()
    except OSError as e:
        raise ModelError(f"The weights {weights.name} cannot be read ({e}).", hint=_HINT) from e
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise ModelError(
            f"The weights {weights.name} are not those of their card: sha256 {found[:12]}... instead of "
            f"{card.sha256[:12]}....",
            hint=_HINT,
        )
    return data


_HINT = "Fetch the project's weights again (git checkout), or train them again with `python -m lulc_core train`."

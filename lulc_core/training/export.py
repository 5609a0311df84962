"""From a trained network to weights that can be shipped: temperature, out-of-distribution detector, float16, card."""

from __future__ import annotations

import copy
import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.files import write_whole
from lulc_core.model.architecture import VIEWS, lite_variant
from lulc_core.model.card import MS_L1C, RGB_L1C, ModelCard, load_card, weights_path
from lulc_core.model.classifier import make_runner, softmax
from lulc_core.model.efficientnet_lite import EfficientNetLite
from lulc_core.model.network import Network
from lulc_core.model.out_of_distribution import fit_ood_detector
from lulc_core.training.calibration import expected_calibration_error, fit_temperature
from lulc_core.training.corruptions import gain, haze, surface, winter_light
from lulc_core.training.eurosat import SPLIT_RULE, Patches
from lulc_core.training.multispectral import ALL_BANDS

BOUND_PATCHES, BOUND_SHARE = 512, 0.9999
"""Training patches that bounds for 8 bits are measured on, and the share of values that lie below; of
EfficientNet-Lite all do, since its ReLU6 leaves no far ones."""

NOT_IN_8_BITS = re.compile(r"backbone\.(0|.*\.se\..*|_conv_stem|_blocks\.0\..*|_blocks\.1\._project_conv)")
"""The first convolution, whose input has a sign and decides most; those of squeeze-excitation, which see one pixel a
tile and cost nothing; of EfficientNet-Lite the first block and what ends the second: these alone cost half a point."""

DETECTOR_PATCHES = 7000
"""Training patches that the detector of out-of-distribution tiles is fitted on, each in every variant that passes."""

KEPT_SHARE = 0.95
"""Share of validation patches that the threshold of the detector lets pass."""


def calibration_half(patches: Patches) -> NDArray[np.bool_]:
    """Choose (N,) the half on which temperature is fitted; figures of calibration come from the other half."""
    return np.array([int(hashlib.sha256(s.encode()).hexdigest()[8:10], 16) % 2 == 0 for s in patches.stems], dtype=bool)


def export(
    network: Network,
    out: Path,
    name: str,
    architecture: str,
    training: Patches,
    validation: Patches,
    *,
    command: str,
    made_with: Mapping[str, Any],
    split: str = SPLIT_RULE,
    certainty_of: str = "",
) -> tuple[Path, ModelCard]:
    """Round the weights to float16, fit what the card needs with these very weights, and write both.

    Args:
        network: as trained.
        out: folder.
        name: of the weights.
        architecture: of the network.
        training: patches that it learnt from.
        validation: patches that it did not learn from; may be none.
        command: what asked for it, for the card.
        made_with: how it was trained, for the card.
        split: the rule that parted the patches, for the card.
        certainty_of: see TrainRequest.

    Returns:
        The weights file and its card (written beside it as JSON).
    """
    from safetensors.torch import save

    state = {  # convolutions and the linear layer as float16; norms, a thousandth of the weights, stay float32
        k: (v.half() if v.dtype.is_floating_point and v.ndim > 1 and k not in ("mean", "std") else v).cpu()
        for k, v in network.state_dict().items()
    }
    final = copy.deepcopy(network).cpu().float().eval()
    final.load_state_dict(state)
    tensors = {f"network.{k}": v.contiguous() for k, v in state.items()}
    if architecture in VIEWS or lite_variant(architecture):
        spread = np.linspace(0, len(training) - 1, min(BOUND_PATCHES, len(training))).astype(int)
        bounds = activation_bounds(final, training.images[spread])
        tensors |= {f"int8.{k}": torch.tensor(v, dtype=torch.float32) for k, v in bounds.items()}
    runner = make_runner(architecture, {k: v.numpy() for k, v in tensors.items()})
    some = training.images[:: max(1, len(training) // DETECTOR_PATCHES)]
    outputs, copies = zip(*((runner.run(v.images), v.copies) for v in ordinary_variants(some)), strict=True)
    detector = fit_ood_detector(outputs, copies=copies)

    temperature, threshold, figures = 1.0, math.inf, {}
    made_with = dict(made_with)
    threshold_l2a: float | None = None
    if len(validation):
        output = runner.run(validation.images)
        half = calibration_half(validation)
        if certainty_of:
            west = load_card(certainty_of)
            temperature, made_with["certainty_of_sha256"] = west.temperature, west.sha256
            half[:] = False  # nothing was fitted on these patches
        elif half.any():
            fitted = fit_temperature(output.logits[half], validation.class_ids[half])
            temperature = round(fitted, 4)  # as the card keeps it, so that its figures are those of an evaluation
        threshold = float(np.quantile(detector.score(output), KEPT_SHARE))
        if training.images.shape[3] == len(RGB):
            as_l2a = detector.score(runner.run(surface(validation.images)))
            threshold_l2a = round(max(threshold, float(np.quantile(as_l2a, KEPT_SHARE))), 4)
        probabilities = softmax(output.logits / np.float32(temperature))
        figures = {
            "n": len(validation),
            "accuracy": float((probabilities.argmax(1) == validation.class_ids).mean()),
            "ece": expected_calibration_error(probabilities[~half], validation.class_ids[~half]),
        }
    all_bands = training.images.shape[3] != len(RGB)
    data = save(tensors | detector.to_tensors())
    card = ModelCard(
        name=name,
        architecture=architecture,
        bands=ALL_BANDS if all_bands else RGB,
        radiometry=MS_L1C if all_bands else RGB_L1C,
        classes=CLASS_NAMES,
        tile_px=64,
        temperature=temperature,
        unlike_threshold=round(threshold, 4),
        unlike_threshold_l2a=threshold_l2a,
        sha256=hashlib.sha256(data).hexdigest(),
        split=split,
        command=command,
        figures=figures,
        shifted_windows=bool(certainty_of),
        training=made_with,
    )
    weights = weights_path(name, out)
    write_whole(weights, data)
    write_whole(weights.with_suffix(".json"), card.to_json().encode())
    return weights, card


class Variant(NamedTuple):
    """Training patches as they are or changed."""

    images: NDArray[np.uint8]
    """(N, 64, 64, bands)."""
    copies: int = 1
    """How much of it the detector keeps, in units of ``out_of_distribution.DRAWN``."""


def ordinary_variants(images: NDArray[np.uint8]) -> Iterator[Variant]:
    """Yield training patches as they are, in other light in which the network is nearly as accurate, and two in one.

    Without the other light, many more tiles of winter light, haze and brighter exports were flagged, and hardly more of
    those that ought to be: docs/model.md has the shares. Surface reflectance is a world of its own, so more of it is
    kept. EuroSAT's patches hold one class each; tiles of a map often hold two.

    Args:
        images: uint8 (N, 64, 64, 3); of other channels there is only the first kind.
    """
    yield Variant(images)
    if images.shape[3] == len(RGB):  # what other light makes of other bands is not known here
        yield Variant(surface(images), 4)
        yield Variant(gain(0.7)(images))
        yield Variant(gain(1.35)(images))
        yield Variant(winter_light(images))
        yield Variant(haze(images))
        yield Variant(gain(0.8)(surface(images)), 2)
        yield Variant(two_in_one(images))
        yield Variant(surface(two_in_one(images)), 4)


def two_in_one(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make tiles of which one part is of one patch and the rest of another; the same at every call."""
    rng = np.random.default_rng(0)
    made, other = images[rng.permutation(len(images))], images[rng.permutation(len(images))]
    px = images.shape[1]
    for tile, beside, cut in zip(made, other, rng.integers(px // 4, px - px // 4, len(images)), strict=True):
        if rng.random() < 0.5:
            tile[:, cut:] = beside[:, cut:]
        else:
            tile[cut:] = beside[cut:]
    return made


def activation_bounds(network: Network, images: NDArray[np.uint8]) -> dict[str, float]:
    """Measure where inputs of convolutions are cut off in 8 bits: BOUND_SHARE of the sizes lie below, over patches.

    Args:
        network: on the CPU, float32, in eval mode.
        images: uint8 (N, 64, 64, 3).

    Returns:
        Bounds by the convolution's name, of all but NOT_IN_8_BITS.
    """
    highs: dict[str, list[float]] = {}
    share = 1.0 if isinstance(network.backbone, EfficientNetLite) else BOUND_SHARE

    def listen(name: str) -> Callable[..., None]:
        def hook(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            values = inputs[0].flatten()[:: max(1, inputs[0].numel() // 1_000_000)].abs()
            highs.setdefault(name, []).append(float(torch.quantile(values, share)))

        return hook

    with ExitStack() as hooks, torch.inference_mode():
        for name, module in network.named_modules():
            if isinstance(module, torch.nn.Conv2d) and not NOT_IN_8_BITS.fullmatch(name):
                hooks.enter_context(module.register_forward_pre_hook(listen(name)))
        for start in range(0, len(images), 128):
            x = torch.from_numpy(images[start : start + 128].copy())
            network(x.permute(0, 3, 1, 2).float())  # (n, 3, 64, 64)
    return {name: max(values) for name, values in highs.items()}

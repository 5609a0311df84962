"""Predict calibrated probabilities of tiles and of overlapping windows. torch loads on first use, not on import."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import ModelError
from lulc_core.domain.progress import Cancelled, Progress, progress_of_part
from lulc_core.model.architecture import VIEWS
from lulc_core.model.card import ModelCard, available_models, checked_bytes, load_card, resolve

if TYPE_CHECKING:
    from lulc_core.model.out_of_distribution import OodDetector
    from lulc_core.model.runtime.fully_conv import FullyConvolutional
    from lulc_core.model.runtime.openvino_runner import OpenVinoRunner
    from lulc_core.model.runtime.torch_runner import Runner
    from lulc_core.model.runtime.windows import WindowAnswers

__all__ = ["Classifier", "ModelCard", "Prediction", "available_models", "load_card", "load_classifier"]


_Answer: TypeAlias = tuple[NDArray[np.float32], np.float32]
"""Probabilities (10,) and out-of-distribution score of one tile."""

MOST_KNOWN = 65_536
"""Answers that a remembering classifier keeps: 25 MB, of an area of 2,600 tiles with the windows around them."""


@dataclass(frozen=True)
class Prediction:
    """Prediction for N tiles; arrays are read-only."""

    probabilities: NDArray[np.float32]
    """(N, 10), calibrated, each row sums to 1."""
    ood_score: NDArray[np.float32]
    """(N,), the higher, the less the tile is like the training data."""
    is_ood: NDArray[np.bool_]
    """(N,), True where a tile is out of distribution: its score is above the card's threshold, which 95 % of validation
    patches pass."""


class Classifier:
    """A trained network with its card, ready on one device.

    Attributes:
        card: what the weights are.
        device: ``cuda``, ``mps`` or ``cpu``.
        precision: ``int8``, ``bfloat16``, ``float16`` or ``float32``.
        test_time_augmentation: whether predict() averages over the eight turns and mirrors of a tile.
        weights: where they lie, for running them in another way; None for a network in memory.
    """

    def __init__(
        self, card: ModelCard, runner: Runner | OpenVinoRunner, detector: OodDetector, weights: Path | None = None
    ) -> None:
        self.card = card
        self.device = runner.device
        self.precision = runner.precision
        self.test_time_augmentation = False
        self._runner = runner
        self._detector = detector
        self.weights = weights
        # None, or one triple (the last is the detector's threshold); a list, so that copies of the classifier share it.
        self._blocks: list[tuple[FullyConvolutional, OodDetector, float]] = []
        self._blocks_lock = threading.Lock()
        self._known: dict[bytes, _Answer] | None = None

    def predict(
        self,
        rgb: NDArray[np.uint8],
        *,
        test_time_augmentation: bool | None = None,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Prediction:
        """Predict tiles.

        Args:
            rgb: uint8 (N, 64, 64, 3), red, green, blue, through radiometry.to_eurosat_rgb(); N may be 0.
            test_time_augmentation: predict each tile turned and mirrored in all eight ways and take the mean: eight
                times the work for a little accuracy (``symmetries`` in the evaluation). Whether a tile is out of
                distribution is judged once. None for what was asked for when the classifier was loaded.
            on_progress: called with the share done and a sentence.
            cancelled: asked between batches.

        Raises:
            ModelError: shape or type are others, or the device has too little memory.
            CancelledError: ``cancelled()`` became True.
        """
        px, channels = self.card.tile_px, len(self.card.bands)
        shape = (px, px, channels)
        if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 4 or rgb.shape[1:] != shape:
            given = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
            raise ModelError(
                f"The classifier takes uint8 tiles of shape (N, {px}, {px}, {channels}); it was given {given}.",
                hint="Convert reflectance with radiometry.to_eurosat_rgb() first.",
            )
        if test_time_augmentation is None:
            test_time_augmentation = self.test_time_augmentation
        n_turns = 8 if test_time_augmentation else 1
        if self._known is None:
            probabilities, ood_score = self._ask(rgb, n_turns, on_progress, cancelled)
        else:
            probabilities, ood_score = self._ask_of_new(self._known, rgb, n_turns, on_progress, cancelled)
        is_ood = ood_score > self.card.unlike_threshold
        for array in (probabilities, ood_score, is_ood):
            array.flags.writeable = False
        return Prediction(probabilities, ood_score, is_ood)

    def _ask(
        self, rgb: NDArray[np.uint8], n_turns: int, on_progress: Progress | None, cancelled: Cancelled | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network over tiles in so many turns; gives probabilities (N, 10) and OOD scores (N,)."""
        from lulc_core.model.out_of_distribution import EMPTY_SCORE, ROUGH_FROM, roughness

        for turn in range(n_turns):
            turned = np.rot90(rgb, turn % 4, (1, 2))
            turned = turned[:, :, ::-1] if turn >= 4 else turned
            report = None if on_progress is None else progress_of_part(on_progress, turn, n_turns)
            output = self._runner.run(turned, on_progress=report, cancelled=cancelled)
            answer = softmax(output.logits / np.float32(self.card.temperature))
            if turn == 0:
                probabilities, ood_score = answer, self._detector.score(output)
                ood_score[roughness(rgb) > ROUGH_FROM] = EMPTY_SCORE
            else:
                probabilities += answer
        probabilities /= np.float32(n_turns)
        return probabilities, ood_score

    def _ask_of_new(
        self,
        known: dict[bytes, _Answer],
        rgb: NDArray[np.uint8],
        n_turns: int,
        on_progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network over tiles whose pixels are not ``known``, and learn their answers; as _ask()."""
        keys = [bytes([n_turns]) + hashlib.sha256(tile).digest() for tile in np.ascontiguousarray(rgb)]
        new = np.array([key not in known for key in keys], bool)
        probabilities = np.empty((len(rgb), len(self.card.classes)), np.float32)
        ood_score = np.empty(len(rgb), np.float32)
        for i in np.flatnonzero(~new):
            probabilities[i], ood_score[i] = known[keys[i]]
        if new.any():
            probabilities[new], ood_score[new] = self._ask(rgb[new], n_turns, on_progress, cancelled)
        for i in np.flatnonzero(new)[: MOST_KNOWN - len(known)]:
            known[keys[i]] = probabilities[i], ood_score[i]
        return probabilities, ood_score

    def remembering(self) -> Classifier:
        """Give a classifier that answers from memory where it has seen the same pixels; shares the network.

        Tiles, the windows around them and windows of cells are often the same 64 x 64 px. Forget it with the map: it
        keeps up to MOST_KNOWN answers.
        """
        other = copy.copy(self)
        other._known = {}
        return other

    def for_level(self, level: str) -> Classifier:
        """Give the classifier that judges tiles of that processing level, ``L1C`` or ``L2A``; shares the network."""
        threshold = self.card.unlike_threshold_l2a
        if level != "L2A" or threshold is None:
            return self
        other = copy.copy(self)
        other.card = replace(self.card, unlike_threshold=threshold)
        return other

    def predict_windows(
        self,
        grey: NDArray[np.uint8],
        wanted: NDArray[np.bool_],
        *,
        step_px: int,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> WindowAnswers:
        """Predict overlapping windows of a scene; what neighbours share is computed once (runtime/fully_conv.py).

        The answers are close to those of :meth:`predict` for the same windows, not equal: docs/detail.md. Where
        that was not measured for these weights (model/resolution.py), the windows are taken one by one.

        Args:
            grey: uint8 (H, W, 3) as for predict(), H and W multiples of 16.
            wanted: bool (R, C); row r begins at pixel ``r * step_px``, R = (H - 64) // step_px + 1.
            step_px: 16 or 8.
            on_progress: called with the share done and a sentence.
            cancelled: asked between blocks.

        Raises:
            CancelledError: ``cancelled()`` became True.
        """
        from lulc_core.model.runtime.windows import WindowAnswers, predict_one_by_one

        blocks = self.prepare_windows()
        if blocks is None:
            return predict_one_by_one(
                self.predict, grey, wanted, step_px=step_px, on_progress=on_progress, cancelled=cancelled
            )
        probabilities = np.empty((wanted.size, len(self.card.classes)), np.float32)
        is_ood = np.empty(wanted.size, bool)
        network, detector, ood_threshold = blocks
        parts = network.run(grey, wanted, step_px=step_px, on_progress=on_progress, cancelled=cancelled)
        for index, output in parts:
            probabilities[index] = softmax(output.logits / np.float32(self.card.temperature))
            is_ood[index] = detector.score(output) > ood_threshold
        flat = wanted.ravel()
        return WindowAnswers(probabilities[flat], is_ood[flat])

    @property
    def in_blocks(self) -> bool:
        """Whether predict_windows() computes once what neighbouring windows share, so that more of them cost little."""
        return self.prepare_windows() is not None

    def prepare_windows(self) -> tuple[FullyConvolutional, OodDetector, float] | None:
        """Load what predict_windows() needs beyond predict(), so that its first call does not wait for it.

        Returns:
            The network ready for blocks, its detector and the detector's threshold; None where that was not measured
            for these weights.
        """
        from lulc_core.model.resolution import detector_path, load_resolution_facts

        if self.weights is None or self.card.architecture not in VIEWS:
            return None
        with self._blocks_lock:
            if not self._blocks:
                folder = self.weights.parent
                facts = load_resolution_facts(self.card.name, self.card.sha256, folder)
                if facts is None:
                    return None
                from lulc_core.model.runtime.fully_conv import load_block_detector, load_fully_conv

                parts = (
                    load_fully_conv(self.weights, self.card, self.device, self.precision),
                    load_block_detector(detector_path(self.card.name, folder)),
                    facts.ood_threshold,
                )
                self._blocks.append(parts)
            return self._blocks[0]


def load_classifier(
    name: str = "default",
    *,
    device: str | None = None,
    precision: str | None = None,
    test_time_augmentation: bool = False,
) -> Classifier:
    """Load a classifier by name or by path of its weights.

    Args:
        name: ``default``, one of available_models(), or the path of a .safetensors file with its card beside it.
        device: ``cuda``, ``mps``, ``cpu``, or None for the best that is there.
        precision: ``int8`` (CPU, where OpenVINO is there and the weights are made for it), ``bfloat16``, ``float16``,
            ``float32``, or None for the fastest that keeps the answers.
        test_time_augmentation: predict() averages over the eight turns and mirrors of a tile.

    Raises:
        ModelError: unknown name, damaged or foreign weights, a device or precision that is not there.
    """
    card, weights = load_card(name), resolve(name)
    data = checked_bytes(weights, card)

    from safetensors import SafetensorError
    from safetensors.numpy import load

    from lulc_core.model.out_of_distribution import OodDetector

    try:
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError) as e:
        raise ModelError(f"{weights.name} is no readable safetensors file ({e}).", hint="Fetch it again.") from e
    try:
        runner = make_runner(card.architecture, arrays, device=device, precision=precision)
        detector = OodDetector.from_arrays(arrays)
    except (RuntimeError, KeyError) as e:
        raise ModelError(
            f"The weights {weights.name} do not fit the architecture {card.architecture!r} of their card.",
            hint="Fetch weights and card together.",
        ) from e
    classifier = Classifier(card, runner, detector, weights)
    classifier.test_time_augmentation = test_time_augmentation
    return classifier


def make_runner(
    architecture: str, arrays: Mapping[str, NDArray], *, device: str | None = None, precision: str | None = None
) -> Runner | OpenVinoRunner:
    """Make what runs the network of a weights file fastest here: OpenVINO, or torch where a precision of its is named.

    Args:
        architecture: a name for network.build_network().
        arrays: of the weights file: ``network.*``, and ``int8.*`` where it can be run in 8 bits.
        device, precision: see load_classifier().

    Raises:
        ModelError: no such device or precision.
        RuntimeError, KeyError: the arrays are those of another network.
    """
    from lulc_core.model.runtime import openvino_runner
    from lulc_core.model.runtime.hardware import may_have_accelerator

    state, bounds = openvino_runner.parts_of(arrays)
    on_cpu = device == "cpu" or (device is None and not may_have_accelerator())
    openvino = None
    fastest = openvino_runner.precision_of(architecture, bounds) if on_cpu else None
    if fastest is not None and precision in (None, fastest if fastest == "int8" else None):
        openvino_runner.check_state(architecture, state)
        openvino = openvino_runner.openvino_or_none()
    if openvino is not None:
        return openvino_runner.OpenVinoRunner(openvino, architecture, state, bounds)
    if precision == "int8":
        raise ModelError(
            "These weights cannot be run in 8 bits here: that takes a processor of the x86-64 family, OpenVINO, and "
            "weights that `train` has measured for it.",
            hint="Leave the precision out to have it chosen.",
        )

    from lulc_core.model.network import network_with
    from lulc_core.model.runtime.torch_runner import Runner, Runtime, choose_runtime

    runtime = choose_runtime(device)
    if precision is not None:
        if precision not in ("bfloat16", "float16", "float32"):
            raise ModelError(f"There is no precision {precision!r}.", hint="int8, bfloat16, float16 or float32.")
        runtime = Runtime(runtime.device, precision)
    return Runner(network_with(architecture, state), runtime)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits (N, C) into probabilities, float32, each row summing to 1."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return shifted / shifted.sum(axis=1, keepdims=True)

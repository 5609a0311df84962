"""Train a network on EuroSAT; can be stopped at any time and goes on as if it had not been.

Random numbers of epoch k depend on the seed and k alone, the learning rate on the step alone; so the checkpoint of an
epoch (weights, their average, momentum) holds all that the rest of the run depends on.
"""

from __future__ import annotations

import copy
import math
import pickle
import platform
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from lulc_core.domain.classes import N_CLASSES
from lulc_core.domain.errors import CancelledError, FileFormatError, InputError, ModelError
from lulc_core.domain.files import written_whole
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.model.architecture import lite_variant
from lulc_core.model.card import ModelCard, load_card, weights_path
from lulc_core.model.network import Network, build_network
from lulc_core.model.runtime.torch_runner import choose_runtime
from lulc_core.training import augmentation as aug
from lulc_core.training.eurosat import SPATIAL_RULE, SPLIT_RULE, PatchCache, Patches, load_eurosat, load_places
from lulc_core.training.export import export
from lulc_core.training.initialise import (
    begun_with,
    fix_kernels,
    freeze,
    load_averaged_weights,
    load_initial_weights,
    predict_with_teacher,
)
from lulc_core.training.processes import Processes
from lulc_core.training.request import TrainRequest


class Epoch(NamedTuple):
    """What one epoch brought."""

    epoch: int
    """From 1."""
    train_loss: float
    validation_accuracy: float
    """Of the averaged weights, 0 to 1; NaN without validation patches."""
    seconds: float


@dataclass(frozen=True)
class TrainResult:
    """Where the trained network is and what it can do."""

    weights: Path
    card: ModelCard | None
    """None in the helpers of a run of several processes."""
    history: tuple[Epoch, ...]


SMALL_PX = 48
SAVE_EVERY_S = 240
"""Between two checkpoints within an epoch."""


def train(
    request: TrainRequest,
    *,
    cache: PatchCache | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> TrainResult:
    """Train, calibrate and save a network, from the checkpoint of the same request if there is one.

    Args:
        request: what the result depends on.
        cache: where decoded patches are kept for the next run; None to keep none.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: no such data.
        FileFormatError: the data are no EuroSAT.
        ModelError: unknown architecture, or a checkpoint in the folder that belongs to another request.
        CancelledError: ``cancelled()`` became True; the checkpoint of the last finished epoch stays.
    """
    report = on_progress or (lambda fraction, message: None)
    patches = load_eurosat(
        request.data,
        bands=request.bands,
        cache=cache,
        on_progress=lambda f, m: report(0.02 * f, m),
        cancelled=cancelled,
    )
    places = load_places(request.places) if request.split == "spatial" and request.places else None
    training, validation = patches.part("train", places), patches.part("validation", places)
    processes = _checked_processes(request, len(training))
    request.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(request.seed)
    network = build_network(request.architecture, channels=training.images.shape[3])
    history: tuple[Epoch, ...] = ()
    west = load_card(request.certainty_of) if request.certainty_of else None  # before the hours that follow
    if west is not None and west.split != SPATIAL_RULE:
        raise InputError(
            f"{west.name} has learnt from everywhere, so how sure it may be on new ground was not fitted.",
            hint="Give --certainty-of weights that `train --split spatial` made.",
        )
    if request.average:
        report(0.1, "averaging")
        made_with = load_averaged_weights(network, request.average, request.architecture)
    else:
        run, frozen = _prepare(request, network, training, processes)
        run.restore()
        if request.teacher and run.epoch < request.epochs:  # a finished run is only saved anew
            answers = predict_with_teacher(
                request.teacher, training, on_progress=lambda f, m: report(0.02, m), cancelled=cancelled
            )
            run.targets += request.teacher_share * (torch.from_numpy(answers.copy()) - run.targets)
        _run_epochs(run, validation, report, cancelled)
        history = tuple(run.history)
        if not processes.first:  # the first one exports; the others have nothing left to do
            return TrainResult(weights_path(request.name, request.out), None, history)
        network, made_with = run.averaged, run.made_with() | frozen
    report(0.95, "calibrating and saving")
    weights, card = export(
        network, request.out, request.name, request.architecture, training, validation,
        command=request.command, made_with=made_with, certainty_of=request.certainty_of,
        split=SPLIT_RULE if places is None else SPATIAL_RULE,
    )  # fmt: skip
    report(1.0, f"saved {weights.name}: validation accuracy {card.figures.get('accuracy', math.nan):.4f}")
    return TrainResult(weights, card, history)


def _checked_processes(request: TrainRequest, n_training: int) -> Processes:
    """Join the processes of the run, or refuse a batch that does not fit patches or processes."""
    if n_training < request.batch:
        raise FileFormatError(
            f"{request.data} has {n_training} training patches, fewer than one batch of {request.batch}.",
            hint="Give the whole EuroSAT, or a smaller batch.",
        )
    processes = Processes.joined(request.device)
    if request.batch % processes.count:
        raise InputError(
            f"A batch of {request.batch} cannot be shared by {processes.count} processes.",
            hint="Give a --batch that their number divides.",
        )
    return processes


def _prepare(
    request: TrainRequest,
    network: Network,
    training: Patches,
    processes: Processes,
) -> tuple[_Run, dict[str, Any]]:
    """Load the weights to start from; gives the run, its targets the labels, and what the card says of its start."""
    if request.bands != "rgb":
        network.measure_band_stats(training.images)
    init_sha256 = load_initial_weights(request.init, request.architecture, network)
    frozen: dict[str, Any] = dict(begun_with(request.init, request.architecture))
    if request.freeze:
        frozen["learning"] = freeze(network, request.architecture)
    elif request.fixed_kernels:
        fix_kernels(network)
    identity = {**request.identity, "init_sha256": init_sha256}
    if request.teacher:
        identity["teacher_sha256"] = load_card(request.teacher).sha256
    targets = np.eye(N_CLASSES, dtype=np.float32)[training.class_ids]  # (N, 10)
    return _Run(request, identity, network, training, targets, processes), frozen


def _run_epochs(run: _Run, validation: Patches, report: Progress, cancelled: Cancelled | None) -> None:
    """Train to the last epoch, with a checkpoint and a figure of validation after each."""
    epochs = run.request.epochs
    started, first_epoch = time.monotonic(), run.epoch

    def report_epoch(share: float) -> None:
        done = run.epoch + share
        left = (time.monotonic() - started) / max(1e-9, done - first_epoch) * (epochs - done)
        report(0.02 + 0.93 * done / epochs, f"epoch {run.epoch + 1} of {epochs}, about {_minutes(left)} left")

    while run.epoch < epochs:
        loss, seconds = run.one_epoch(report_epoch, cancelled)
        begun = time.monotonic()
        accuracy = run.accuracy(validation) if run.processes.first else math.nan
        run.history.append(Epoch(run.epoch, loss, accuracy, round(seconds + time.monotonic() - begun, 1)))
        if run.processes.first:
            run.save()
        run.processes.wait()
        report(
            min(0.95, 0.02 + 0.93 * run.epoch / epochs),
            f"epoch {run.epoch} of {epochs}: loss {loss:.4f}, validation accuracy {accuracy:.4f}",
        )


class _Run:
    """The state of a training run between two epochs, and one epoch of it."""

    def __init__(
        self,
        request: TrainRequest,
        identity: dict[str, Any],
        network: Network,
        training: Patches,
        targets: NDArray[np.float32],
        processes: Processes,
    ) -> None:
        self.request = request
        self.identity = identity
        self.processes = processes
        self.device = processes.device
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        self.shared = processes.shared(self.network)
        self.averaged = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.images = torch.from_numpy(training.images.copy())  # (N, 64, 64, 3) uint8
        self.targets = torch.from_numpy(targets)  # (N, C), rows sum to 1
        learning = [p for p in self.network.parameters() if p.requires_grad]
        decayed = [p for p in learning if p.ndim > 1]
        free = [p for p in learning if p.ndim <= 1]  # norms and biases
        groups = [{"params": decayed, "weight_decay": request.weight_decay}, {"params": free, "weight_decay": 0.0}]
        self.optimizer: torch.optim.Optimizer
        if request.optimizer == "adamw":
            self.optimizer = torch.optim.AdamW(groups, lr=request.peak_rate)
        else:
            self.optimizer = torch.optim.SGD(groups, lr=request.peak_rate, momentum=0.9, nesterov=True)
        self.epoch = 0
        self._within: dict[str, Any] | None = None  # of an epoch that was left: step, loss, seconds, state of chance
        self.history: list[Epoch] = []

    def made_with(self) -> dict[str, Any]:
        """Describe the run for the card."""
        return {
            **{k: v for k, v in self.identity.items() if k != "name"},
            "patches": len(self.targets),
            "device": str(self.device),
            "processes": self.processes.count,
            "torch": torch.__version__,
            "machine": f"{platform.machine()} {platform.system()}, {torch.get_num_threads()} threads",
            "seconds": round(sum(e.seconds for e in self.history)),
            "history": [[e.epoch, round(e.train_loss, 4), round(e.validation_accuracy, 4)] for e in self.history],
        }

    @property
    def steps(self) -> int:
        """Batches an epoch; a last one that is not full is left out."""
        return len(self.targets) // self.request.batch

    def rate(self, step: int) -> float:
        """Compute the learning rate of a step of the whole run: a line up, a cosine down."""
        total = self.steps * self.request.epochs
        warm = max(1, round(self.request.warm_up * total))
        if step < warm:
            return self.request.peak_rate * (0.04 + 0.96 * step / warm)
        return self.request.peak_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))

    def one_epoch(self, report: Callable[[float], None], cancelled: Cancelled | None) -> tuple[float, float]:
        """Train for one epoch, or for the rest of one; returns the mean loss and the seconds it took."""
        r = self.request
        rng = torch.Generator().manual_seed((r.seed + 1) * 1_000_003 + self.epoch)
        order = torch.randperm(len(self.targets), generator=rng)
        batch_share = r.batch // self.processes.count
        if not self.processes.first:  # the same order, other turns and light
            rng.manual_seed((r.seed + 1) * 1_000_003 + self.epoch + 7919 * self.processes.rank)
        small = self.epoch < round(r.small_share * r.epochs)
        if r.small_px:
            self._set_input(r.small_px if small else 0)
        mixing = r.mix_share if self.epoch < r.epochs - r.plain_epochs else 0.0
        self.network.train()
        for module in self.network.modules():  # norms whose weights are frozen keep their statistics too
            if isinstance(module, nn.BatchNorm2d) and not module.weight.requires_grad:
                module.eval()
        total, first_step, seconds = torch.zeros(()), 0, 0.0
        if self._within is not None:
            first_step, seconds = self._within["step"], self._within["seconds"]
            total = torch.tensor(self._within["loss"])
            rng.set_state(self._within["rng"])
            self._within = None
        begun = saved = time.monotonic()
        for step in range(first_step, self.steps):
            if cancelled is not None and cancelled():
                raise CancelledError("Training was cancelled; the same command goes on from the last finished epoch.")
            at = step * r.batch + self.processes.rank * batch_share
            rows = order[at : at + batch_share]
            y = self.targets[rows]  # (B, C)
            x = aug.augment(aug.to_batch(self.images[rows]), rng, r.robust_share)  # (B, 3, 64, 64)
            if small and not r.small_px:
                x = aug.random_crop(x, SMALL_PX, rng)
            x, partner, own_share = aug.mix(x, rng, mixing)
            y = own_share * y + (1 - own_share) * y[partner]
            x, y = x.to(self.device), y.to(self.device)
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate(self.epoch * self.steps + step)
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=_mixed(self.device)):
                logits = self.shared(x).float()
            loss = F.cross_entropy(logits, y, label_smoothing=r.smoothing)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            self._average(self.epoch * self.steps + step)
            total += loss.detach().cpu()
            if step % 10 == 9:
                report((step + 1) / self.steps)
            now = time.monotonic()
            if now - saved > SAVE_EVERY_S and self.processes.count == 1:
                self.save(
                    {"step": step + 1, "seconds": seconds + now - begun, "loss": float(total), "rng": rng.get_state()}
                )
                saved = now
        self.epoch += 1
        return float(total) / self.steps, seconds + time.monotonic() - begun

    def _set_input(self, px: int) -> None:
        """Let EfficientNet-Lite enlarge tiles to this side, or with 0 to its own."""
        variant = lite_variant(self.request.architecture)
        for network in (self.network, self.averaged):
            network.backbone.input_px = px or (variant[1] if variant else 0)  # type: ignore[assignment]

    def _average(self, step: int) -> None:
        """Let the averaged weights follow; faster at first, so that the random start is forgotten."""
        decay = min(self.request.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            state = self.network.state_dict()
            for key, mean in self.averaged.state_dict().items():
                if mean.dtype.is_floating_point:
                    mean.lerp_(state[key], 1 - decay)
                else:
                    mean.copy_(state[key])

    def accuracy(self, validation: Patches) -> float:
        """Measure the share of validation patches that the averaged weights classify right."""
        if len(validation) == 0:
            return math.nan
        right = 0
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=_mixed(self.device)):
            for start in range(0, len(validation), 256):
                x = torch.from_numpy(validation.images[start : start + 256].copy()).to(self.device)
                logits = self.averaged(x.permute(0, 3, 1, 2).float())  # (n, 3, 64, 64) -> (n, 10)
                predicted = logits.argmax(1).cpu().numpy()
                right += int((predicted == validation.class_ids[start : start + 256]).sum())
        return right / len(validation)

    def save(self, within: dict[str, Any] | None = None) -> None:
        """Write the checkpoint whole or not at all; ``within`` is where an epoch stands that is not finished."""
        state = {
            "request": self.identity,
            "epoch": self.epoch,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": [list(e) for e in self.history],
            "within": within,
        }
        with written_whole(self.request.checkpoint) as (partial,):
            torch.save(state, partial)

    def restore(self) -> None:
        """Go to the state of the checkpoint, if there is one.

        Raises:
            ModelError: it is damaged or of another request.
        """
        path = self.request.checkpoint
        if not path.exists():
            return
        try:
            with zipfile.ZipFile(path) as archive:  # torch's own format is a zip: its checksums tell damage first
                whole = archive.testzip() is None
            if not whole:
                raise ValueError("a checksum is wrong")
            state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        except (zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, ValueError) as e:
            raise ModelError(f"The checkpoint {path} is damaged.", hint="Delete it to train from the start.") from e
        if not isinstance(state, dict) or state.get("request") != self.identity:
            raise ModelError(
                f"The checkpoint {path} belongs to a training with other settings.",
                hint="Give the same settings to go on, another --out, or delete it to train from the start.",
            )
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self._within = state.get("within")
        self.history = [Epoch(*values) for values in state["history"]]


def _mixed(device: torch.device) -> bool:
    """Say whether to use bfloat16: where the hardware has it."""
    return choose_runtime(device.type).precision != "float32"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"

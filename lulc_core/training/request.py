"""What a training run depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from lulc_core.domain.errors import InputError
from lulc_core.model.architecture import LITE
from lulc_core.training.eurosat import Bands, SplitName

Optimizer = Literal["sgd", "adamw"]


@dataclass(frozen=True)
class TrainRequest:
    """Everything that the result depends on, and where it goes."""

    data: Path
    """EuroSAT.zip or the folder that it unpacks to."""
    out: Path
    """Folder for weights, card and checkpoint; made if it is not there."""
    name: str = "compact"
    """Name of the weights."""
    architecture: str = "compact"
    epochs: int = 40
    batch: int = 128
    seed: int = 0
    peak_rate: float = 0.2
    """Highest learning rate, reached after ``warm_up`` of the run, then falling along a cosine to 0."""
    warm_up: float = 0.15
    weight_decay: float = 5e-4
    smoothing: float = 0.05
    """Label smoothing."""
    robust_share: float = 0.5
    """Share of patches seen in other light, air, focus or files (augmentation.py)."""
    mix_share: float = 0.4
    """Share of batches with mixup or cutmix."""
    small_share: float = 0.4
    """Share of epochs, the first ones, on 48 px windows: half the cost while the textures are learnt."""
    small_px: int = 0
    """EfficientNet-Lite: these epochs enlarge the tiles to this side only instead of cutting windows; 0 cuts."""
    optimizer: Optimizer = "sgd"
    """``sgd`` (Nesterov, momentum 0.9), or ``adamw``, for tuning ImageNet weights on."""
    fixed_kernels: bool = False
    """EfficientNet-Lite: the stem and the depthwise kernels stay as they start; on a processor the gradient of these
    one per cent of the weights takes three quarters of the time. Their norms learn."""
    split: SplitName = "random"
    """``random`` by file stem, or ``spatial`` by longitude (eurosat.py)."""
    places: Path | None = None
    """Where the patches lie, for the spatial split: see eurosat.load_places()."""
    plain_epochs: int = 3
    """Last epochs without mixtures."""
    ema: float = 0.995
    """Decay a step of the averaged weights, which are the ones kept."""
    init: str = "scratch"
    """``scratch``, ``imagenet`` (torchvision's weights of resnet18 and resnet50, fetched when asked for; those of lite0
    to lite2 in their packages), the path of the package with those of resnet50 (keras_resnet.py) or of a .safetensors
    file of ours to go on from."""
    teacher: str = ""
    """Weights of ours, by name or path, whose answers to the training patches are learnt beside the labels; empty for
    none. They soften labels that are wrong, and tell a network what an abler one takes a patch for."""
    teacher_share: float = 0.5
    """Weight of the teacher's answer against the label, with a teacher."""
    average: tuple[str, ...] = ()
    """Paths of two or more .safetensors files of ours, tuned on from the same weights: nothing is trained, their mean
    is calibrated and saved."""
    certainty_of: str = ""
    """Path of weights that the same recipe made from the west alone: their temperature, fitted where they have not
    been, is taken, and tiles are averaged over shifted windows. Empty to fit it on validation patches, which neighbour
    those of training."""
    freeze: bool = False
    """Only the last layers learn (initialise.py says which)."""
    bands: Bands = "rgb"
    """``rgb``, or ``all`` for the 13 bands of the multispectral patches."""
    device: str | None = None
    command: str = field(default="", compare=False)
    """The command line that asked for this, for the card."""

    def __post_init__(self) -> None:
        if self.bands not in ("rgb", "all"):
            raise InputError(f"bands is {self.bands!r}; allowed is rgb or all.", hint="Give one of these.")
        if self.bands == "all" and is_imagenet(self.init):
            raise InputError("ImageNet weights are of red, green and blue.", hint="Take --init scratch with all bands.")
        if self.optimizer not in ("sgd", "adamw"):
            raise InputError(f"optimizer is {self.optimizer!r}; allowed is sgd or adamw.", hint="Give one of these.")
        if self.split == "spatial" and self.places is None:
            raise InputError(
                "The spatial split needs to know where the patches lie.",
                hint="Give --places, the published list (CSV with stem and part) or EuroSAT_MS.zip.",
            )
        if self.architecture.partition("-")[0] not in LITE and (self.fixed_kernels or self.small_px):
            raise InputError(
                f"{self.architecture} has no depthwise kernels and no input size of its own.",
                hint="Give --fixed-kernels and --small-px with lite0, lite1 or lite2 only.",
            )
        if len(self.average) == 1:
            raise InputError("One network has no mean.", hint="Give --average two or more .safetensors files.")
        for what, value, low, high in (
            ("epochs", self.epochs, 1, 10_000),
            ("batch", self.batch, 8, 8192),
            ("peak rate", self.peak_rate, 1e-6, 10),
            ("robust share", self.robust_share, 0, 1),
            ("mix share", self.mix_share, 0, 1),
            ("share of small epochs", self.small_share, 0, 1),
            ("averaging", self.ema, 0, 0.999999),
            ("plain epochs", self.plain_epochs, 0, 10_000),
            ("teacher share", self.teacher_share, 0, 1),
        ):
            if not low <= value <= high:
                raise InputError(f"{what} is {value}; allowed is {low} to {high}.", hint="Give another value.")

    @property
    def checkpoint(self) -> Path:
        """Where the state after the last finished epoch is kept."""
        return self.out / f"{self.name}.checkpoint.pt"

    @property
    def identity(self) -> dict[str, Any]:
        """What must be equal for a checkpoint to be gone on with; paths and device may change.

        Weights to start from and of a teacher count by their hashes, which train() adds, not by where they lie.
        """
        apart = {"data", "out", "device", "command", "teacher", "average", "places", "certainty_of"}
        if not self.teacher:
            apart.add("teacher_share")
        values = {k: v for k, v in asdict(self).items() if k not in apart}
        start = "imagenet" if is_imagenet(self.init) else "scratch" if self.init == "scratch" else "weights"
        return {**values, "init": start}


def is_imagenet(init: str) -> bool:
    """Say whether a run starts from ImageNet weights: ``imagenet``, or the package that carries those of resnet50."""
    return init == "imagenet" or init.endswith(".tgz")

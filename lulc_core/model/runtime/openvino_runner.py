"""The compact networks on the processor in 8 bits, by OpenVINO: more than twice as fast as torch in bfloat16.

The graph is written down here once more, operation by operation, from the arrays of the weights file: nothing is traced
or converted, and torch is not even imported, which saves most of the start-up time. Inputs of the convolutions are
rounded to 256 levels up to a bound that `train` measured on training patches and stored with the weights; weights to
255 levels a channel. Tests compare the answers with torch's.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.model.architecture import FLAT_STD, LAST, NORM_EPSILON, VIEWS
from lulc_core.model.out_of_distribution import NetworkOutput

BATCH = 64
"""Tiles a request. 16 to 128 measured the same; smaller means less memory and finer progress."""

State = Mapping[str, NDArray[np.float32]]


def openvino_or_none() -> Any:
    """Import OpenVINO, or give None where it is not installed or does not load.

    Its converter sends a note of every import to a statistics server unless the user has objected. We do not convert,
    so the converter is kept from loading; OpenVINO itself goes on without it.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    try:
        import openvino
        from openvino import opset13  # noqa: F401
    except (ImportError, OSError):  # OSError: a library of it that this system cannot load
        return None
    return openvino


def can_run(architecture: str, bounds: Mapping[str, float]) -> bool:
    """Say whether these weights were made for 8 bits and the processor is one on which that is worth it."""
    return bool(bounds) and architecture in VIEWS and platform.machine().lower() in ("x86_64", "amd64")


def may_have_accelerator() -> bool:
    """Say whether torch should be asked for a graphics card: a driver is there, or the machine is Apple's."""
    if sys.platform == "darwin":
        return True
    if sys.platform == "win32":
        return os.path.exists(os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvcuda.dll"))
    return any(os.path.exists(p) for p in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd"))  # CUDA, WSL, ROCm


def parts_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, NDArray[np.float32]], dict[str, float]]:
    """Split a weights file into the arrays of the network by torch's names, as float32, and its bounds for 8 bits."""
    state = {k.removeprefix("network."): v for k, v in arrays.items() if k.startswith("network.")}
    bounds = {k.removeprefix("int8."): float(v) for k, v in arrays.items() if k.startswith("int8.")}
    return {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in state.items()}, bounds


def check_state(architecture: str, state: State) -> None:
    """Refuse arrays of another network, as torch would.

    Raises:
        KeyError: an array is missing or has a shape that does not belong to the architecture.
    """
    channels = VIEWS[architecture] * state["mean"].shape[1]
    first, (last, shape) = state["backbone.0.weight"], LAST[architecture]
    if first.shape[1] != channels or state[last].shape != shape:
        raise KeyError(f"{first.shape} and {state[last].shape} are not those of {architecture}")


class OpenVinoRunner:
    """Runs a compact network over any number of tiles; any number of threads may share one.

    Args:
        openvino: the module from openvino_or_none().
        architecture: a key of VIEWS.
        state: arrays of the network by torch's names (``backbone.0.weight`` ...), norms not yet folded.
        bounds: the largest input of each convolution that counts, by name; a convolution without one stays float.
    """

    device = "cpu"
    precision = "int8"

    def __init__(self, openvino: Any, architecture: str, state: State, bounds: Mapping[str, float]) -> None:
        self.n_features = state["head.weight"].shape[1]
        self.n_classes = state["head.weight"].shape[0]
        self._jobs = available_cores()
        graph = Graph(openvino, state, bounds, VIEWS[architecture])
        self._compiled = graph.compiled(self._jobs)  # one tile batch a core, no waiting for one another

    def run(
        self,
        rgb: NDArray[np.uint8],
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> NetworkOutput:
        """Run the network on uint8 tiles (N, H, W, 3).

        Raises:
            CancelledError: ``cancelled()`` became True between two batches.
        """
        n = len(rgb)
        output = NetworkOutput.empty(n, self.n_classes, self.n_features)
        if n == 0:
            return output

        parts = [slice(start, min(n, start + BATCH)) for start in range(0, n, BATCH)]
        stop = threading.Event()
        requests: Queue[Any] = Queue()  # of this call: sessions share the compiled network, but no request
        for _ in range(min(self._jobs, len(parts))):
            requests.put(self._compiled.create_infer_request())

        def one(part: slice) -> None:
            if stop.is_set():
                return
            request = requests.get()
            try:
                request.infer({0: np.ascontiguousarray(rgb[part])})  # leaves the interpreter to others meanwhile
                for index, array in enumerate(output):
                    array[part] = request.get_output_tensor(index).data
            finally:
                requests.put(request)

        # Threads of our own and no asynchronous queue with call-backs: taking one of those down could wait without end
        # on a call-back that waited for the interpreter.
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="tiles") as pool:
            try:
                for part, done in zip(parts, [pool.submit(one, part) for part in parts], strict=True):
                    check_cancelled(cancelled)
                    done.result()
                    if on_progress is not None:
                        on_progress(part.stop / n, f"{part.stop:,} of {n:,} tiles named")
            finally:
                stop.set()
        return output


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class Graph:
    """Network.forward() of lulc_core/model/network.py in OpenVINO's operations."""

    def __init__(self, openvino: Any, state: State, bounds: Mapping[str, float], views: int) -> None:
        from openvino import opset13

        self.ov, self.op = openvino, opset13
        self.state, self.bounds, self.views = state, bounds, views

    def compiled(self, streams: int) -> Any:
        """Compile the model for the processor; ``streams`` parts of the work run at once and share the cores."""
        hints = {
            "INFERENCE_NUM_THREADS": available_cores(),
            "NUM_STREAMS": streams,
            "INFERENCE_PRECISION_HINT": "f32",  # of what is not in 8 bits: bfloat16 cost 0.15 points of accuracy
            "ENABLE_CPU_PINNING": False,  # others may work on these cores too
        }
        return self.ov.Core().compile_model(self.model(), "CPU", hints)

    def model(self) -> Any:
        """uint8 (N, 64, 64, 3) -> the four arrays of NetworkOutput."""
        op = self.op
        tiles, x, quarter = self.opened([-1, 64, 64, self.state["mean"].shape[1]])
        middle = self.mean(quarter)  # (N, 3, 1, 1)
        away = op.subtract(quarter, middle)
        spread = op.sqrt(self.mean(op.multiply(away, away)))
        h = self.absolute(x)
        if self.views == 2:
            relative = op.divide(op.subtract(x, middle), op.add(spread, np.float32(FLAT_STD)))
            h = op.concat([h, relative], 1)
        features = op.squeeze(self.mean(self.backbone(h)), np.array([2, 3]))  # (N, F)
        rgb = np.array([0, 1, 2])  # red, green, blue come first
        band_stats = op.concat([op.gather(middle, rgb, 1), op.gather(spread, rgb, 1)], 1)
        band_stats = op.squeeze(band_stats, np.array([2, 3]))  # (N, 6)
        zero_share = op.squeeze(self.mean(self.is_zero(op.gather(quarter, rgb, 1))), np.array([1, 2, 3]))  # (N,)
        return self.closed(tiles, features, band_stats, zero_share)

    def opened(self, shape: list[int]) -> tuple[Any, Any, Any]:
        """The parameter uint8 (N, H, W, C), its grey levels (N, C, H, W), every second row and column of them."""
        op = self.op
        pixels = op.parameter(shape, np.uint8)
        x = op.transpose(op.convert(pixels, "f32"), np.array([0, 3, 1, 2]))
        none = np.zeros(4, np.int64)
        return pixels, x, op.strided_slice(x, none, none, np.array([1, 1, 2, 2]), [1] * 4, [1] * 4)

    def absolute(self, x: Any) -> Any:
        """The first view: each channel by mean and spread of the training data."""
        return self.op.multiply(self.op.subtract(x, self.state["mean"]), 1 / self.state["std"])

    def is_zero(self, rgb: Any) -> Any:
        """1 where a pixel is 0 in all three channels: (N, 3, H, W) -> (N, 1, H, W)."""
        return self.op.convert(self.op.equal(self.op.reduce_max(rgb, np.array([1]), True), np.float32(0)), "f32")

    def closed(self, pixels: Any, features: Any, band_stats: Any, zero_share: Any) -> Any:
        """The model from its parameter to NetworkOutput; features (..., F)."""
        op = self.op
        logits = op.add(op.matmul(features, self.state["head.weight"], False, True), self.state["head.bias"])
        return self.ov.Model([op.result(r) for r in (logits, features, band_stats, zero_share)], [pixels])

    def mean(self, x: Any) -> Any:
        return self.op.reduce_mean(x, np.array([2, 3]), True)

    def backbone(self, h: Any) -> Any:
        op = self.op
        stages = sorted({int(k.split(".")[1]) for k in self.state if k.startswith("backbone.")})
        for i in stages:
            name = f"backbone.{i}"
            if f"{name}.conv1.weight" in self.state:
                h = self.block(h, name)
            elif self.state[f"{name}.weight"].ndim == 4:
                h = op.relu(self.convolution(h, name, f"backbone.{i + 1}", stride=2 if i == 0 else 1))
        return h

    def block(self, x: Any, name: str) -> Any:
        """ResidualBlock: the short cut has weights exactly where the block strides."""
        op = self.op
        strides = f"{name}.shortcut.1.weight" in self.state
        y = op.relu(self.convolution(x, f"{name}.conv1", f"{name}.bn1", stride=2 if strides else 1))
        y = self.convolution(y, f"{name}.conv2", f"{name}.bn2")
        y = op.multiply(y, self.gates(y, name))
        if strides:
            x = op.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True)
            x = self.convolution(x, f"{name}.shortcut.1", f"{name}.shortcut.2")
        return op.relu(op.add(y, x))

    def gates(self, y: Any, name: str) -> Any:
        """SqueezeExcitation's weights of the channels, by the mean over the tile."""
        return self.excited(self.mean(y), name)

    def excited(self, means: Any, name: str) -> Any:
        squeezed = self.op.relu(self.convolution(means, f"{name}.se.squeeze"))
        return self.op.sigmoid(self.convolution(squeezed, f"{name}.se.excite"))

    def convolution(self, x: Any, name: str, norm: str | None = None, *, stride: int = 1) -> Any:
        """A convolution with its norm folded in, in 8 bits where there is a bound for its input."""
        op, state = self.op, self.state
        weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
        if norm is not None:
            factor = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + np.float32(NORM_EPSILON))
            weight = weight * factor[:, None, None, None]
            bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor
        kernel = op.constant(np.ascontiguousarray(weight, dtype=np.float32))
        bound = self.bounds.get(name)
        if bound is not None:  # inputs come from a ReLU: 0 and more
            zero, high = np.float32(0), np.float32(max(bound, 1e-6))
            x = op.fake_quantize(x, zero, high, zero, high, 256)
            largest = np.maximum(np.abs(weight).max(axis=(1, 2, 3), keepdims=True), 1e-8).astype(np.float32)
            kernel = op.fake_quantize(kernel, -largest, largest, -largest, largest, 255)
        pad = [(weight.shape[2] - 1) // 2] * 2
        y = op.convolution(x, kernel, [stride, stride], pad, pad, [1, 1])
        return y if bias is None else op.add(y, op.constant(bias.reshape(1, -1, 1, 1).astype(np.float32)))

"""Networks on the processor by OpenVINO, without torch: in 8 bits where bounds for that lie with the weights."""

from __future__ import annotations

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
from lulc_core.model.architecture import LAST, LITE_FEATURES, VIEWS, lite_blocks, lite_variant
from lulc_core.model.out_of_distribution import NetworkOutput
from lulc_core.model.runtime.hardware import available_cores
from lulc_core.model.runtime.openvino_graph import Graph, State
from lulc_core.model.runtime.openvino_lite import LiteGraph, lite_precision

BATCH = 64
"""Tiles a request. 16 to 128 measured the same; smaller means less memory and finer progress."""


_FIRST_READ = threading.Lock()
"""OpenVINO fills a table when an array's values are first read, behind a lock of C++ for which it lets go of Python's:
two threads that do so at once wait for one another without end. So one does, before any runs a network."""


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

        with _FIRST_READ:
            openvino.Tensor(np.zeros(1, np.float32)).data  # noqa: B018
    except (ImportError, OSError):  # OSError: a library of it that this system cannot load
        return None
    return openvino


def precision_of(architecture: str, bounds: Mapping[str, float]) -> str | None:
    """Name the precision in which OpenVINO is the fastest way to run these weights here; None where it is not.

    In 8 bits where `train` measured the bounds for that; EfficientNet-Lite without bounds in bfloat16, or in float32 on
    processors that do not have it.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    if lite_variant(architecture) is not None:
        return lite_precision(bounds)
    return "int8" if bounds and architecture in VIEWS else None


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
    variant, channels = lite_variant(architecture), state["mean"].shape[1]
    if variant is not None:
        first, last = "backbone._conv_stem.weight", "backbone._conv_head.weight"
        shape: tuple[int, ...] = (LITE_FEATURES, lite_blocks(variant[0])[-1].c_out, 1, 1)
    else:
        first, (last, shape) = "backbone.0.weight", LAST[architecture]
        channels *= VIEWS[architecture]
    if state[first].shape[1] != channels or state[last].shape != shape:
        raise KeyError(f"{state[first].shape} and {state[last].shape} are not those of {architecture}")


class OpenVinoRunner:
    """Runs a network over any number of tiles; any number of threads may share one.

    Args:
        openvino: the module from openvino_or_none().
        architecture: a key of VIEWS, or an EfficientNet-Lite.
        state: arrays of the network by torch's names (``backbone.0.weight`` ...), norms not yet folded.
        bounds: the largest input of each convolution that counts, by name; a convolution without one stays float.
    """

    device = "cpu"

    def __init__(self, openvino: Any, architecture: str, state: State, bounds: Mapping[str, float]) -> None:
        self.n_features = state["head.weight"].shape[1]
        self.n_classes = state["head.weight"].shape[0]
        self._jobs = available_cores()
        variant = lite_variant(architecture)
        graph: Graph
        if variant is None:
            graph = Graph(openvino, state, bounds, VIEWS[architecture])
        else:
            graph = LiteGraph(openvino, state, bounds, *variant)
        self.precision = graph.precision
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

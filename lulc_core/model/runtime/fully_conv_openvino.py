"""The compact networks over blocks of a scene in 8 bits, by OpenVINO; the same computation as fully_conv_torch.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.model.architecture import FLAT_STD, VIEWS
from lulc_core.model.out_of_distribution import NetworkOutput
from lulc_core.model.runtime.openvino_graph import Graph, State
from lulc_core.model.runtime.windows import PLACES, STRIDE_PX


class OpenVinoBlocks:
    """The network in OpenVINO over one block; see windows.Blocks. Any number of threads may share one.

    Args:
        openvino: the module from openvino_runner.openvino_or_none().
        architecture: a key of VIEWS.
        state: arrays of the network by torch's names, norms not yet folded.
        bounds: the largest input of each convolution that counts, by name.
    """

    def __init__(self, openvino: Any, architecture: str, state: State, bounds: Mapping[str, float]) -> None:
        # One block after the other, all cores on each: blocks are large.
        self._compiled = _BlockGraph(openvino, state, bounds, VIEWS[architecture]).compiled(1)

    def predict(self, grey: NDArray[np.uint8]) -> NetworkOutput:
        """Run the network on all windows of a block, each array (H / 16 - 3, W / 16 - 3, ...)."""
        request = self._compiled.create_infer_request()  # of this call: sessions share the network, but no request
        request.infer({0: np.ascontiguousarray(grey[None])})
        return NetworkOutput(*(request.get_output_tensor(i).data[0].copy() for i in range(len(NetworkOutput._fields))))


class _BlockGraph(Graph):
    """TorchBlocks.predict() in OpenVINO's operations."""

    place = STRIDE_PX
    """Features along the side of a place of the last layer, so far."""

    def model(self) -> Any:
        """uint8 (1, H, W, 3) -> the four arrays of NetworkOutput, (1, R - 3, C - 3, ...)."""
        op = self.op
        block, x, quarter = self.opened([1, -1, -1, 3])
        half = STRIDE_PX // 2
        middle = self.of_windows(self.pooled(quarter, half))  # (1, 3, R - 3, C - 3)
        square = self.of_windows(self.pooled(op.multiply(quarter, quarter), half))
        spread = op.sqrt(op.relu(op.subtract(square, op.multiply(middle, middle))))
        h = self.absolute(x)
        if self.views == 2:
            factor = op.divide(np.float32(1), op.add(spread, np.float32(FLAT_STD)))
            scaled = op.multiply(x, self.around(factor, STRIDE_PX))
            relative = op.subtract(scaled, self.around(op.multiply(middle, factor), STRIDE_PX))
            h = op.concat([h, relative], 1)
        h = self.backbone(h)
        features = self.of_windows(self.pooled(h, self.place))  # (1, F, R - 3, C - 3)
        features = op.transpose(features, np.array([0, 2, 3, 1]))  # (1, R - 3, C - 3, F)
        band_stats = op.transpose(op.concat([middle, spread], 1), np.array([0, 2, 3, 1]))  # (1, R - 3, C - 3, 6)
        is_zero = self.pooled(self.is_zero(quarter), half)
        zero_share = op.squeeze(self.of_windows(is_zero), np.array([1]))  # (1, R - 3, C - 3)
        return self.closed(block, features, band_stats, zero_share)

    def convolution(self, x: Any, name: str, norm: str | None = None, *, stride: int = 1) -> Any:
        self.place //= stride
        return super().convolution(x, name, norm, stride=stride)

    def gates(self, y: Any, name: str) -> Any:
        """Weights of the channels by the means over the 640 m around each place."""
        return self.around(self.excited(self.of_windows(self.pooled(y, self.place)), name), self.place)

    def pooled(self, x: Any, size: int, step: int | None = None) -> Any:
        """Take the mean over squares of ``size``, beside one another or one every ``step``."""
        if size == 1:
            return x
        return self.op.avg_pool(x, [step or size] * 2, [0, 0], [0, 0], [size] * 2, True)

    def of_windows(self, places: Any) -> Any:
        """Take the mean over the places of every window: (1, C, R, C) -> (1, C, R - 3, C - 3)."""
        return self.pooled(places, PLACES, 1)

    def around(self, windows: Any, size: int) -> Any:
        """fully_conv_torch._around(): (1, C, R - 3, C - 3) -> (1, C, R * size, C * size)."""
        places = self.edged(self.pooled(self.edged(windows), 2, 1))
        if size == 1:
            return places
        return self.op.interpolate(
            places,
            np.array([size, size], np.float32),
            "linear_onnx",
            "scales",
            coordinate_transformation_mode="half_pixel",
            axes=np.array([2, 3]),
        )

    def edged(self, x: Any) -> Any:
        """Add a row and column on each side, the outermost repeated."""
        around = np.array([0, 0, 1, 1])
        return self.op.pad(x, around, around, "edge")

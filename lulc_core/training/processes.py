"""One process, or several that share each batch: ``torchrun --nproc-per-node 2 -m lulc_core train ...``."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from lulc_core.domain.errors import InputError
from lulc_core.model.runtime.torch_runner import choose_runtime


@dataclass(frozen=True)
class Processes:
    """Who this process is among those that train together."""

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """True for the one that validates, writes and reports."""
        return self.rank == 0

    @classmethod
    def joined(cls, device: str | None) -> Processes:
        """Join the processes that torchrun has started; one process alone without it.

        Args:
            device: ``cuda``, ``mps``, ``cpu`` or None to choose.

        Raises:
            InputError: more processes on this machine than graphics cards.
            ModelError: the device is not there.
        """
        kind = choose_runtime(device).device
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls(0, 1, torch.device(kind))
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if kind == "cuda":
            if local >= torch.cuda.device_count():
                raise InputError(
                    f"Process {local + 1} on this machine has no graphics card: there are {torch.cuda.device_count()}.",
                    hint="Start as many processes as there are cards (torchrun --nproc-per-node).",
                )
            torch.cuda.set_device(local)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if kind == "cuda" else "gloo")
        return cls(dist.get_rank(), count, torch.device(kind, local) if kind == "cuda" else torch.device(kind))

    def shared(self, network: nn.Module) -> nn.Module:
        """Wrap the network so that its gradients are averaged over all processes after each step."""
        if self.count == 1:
            return network
        return DistributedDataParallel(network, device_ids=[self.device.index] if self.device.type == "cuda" else None)

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.count > 1:
            dist.barrier()

"""Two processes share each batch and end with one network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lulc_core.domain.errors import InputError
from lulc_core.training.request import TrainRequest
from lulc_core.training.train import train

ROOT = Path(__file__).resolve().parents[2]


def test_two_processes_on_the_processor_train_one_network(small_zip, tmp_path):
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone",
        "-m", "lulc_core", "train",
        "--data", str(small_zip), "--out", str(tmp_path), "--architecture", "pocket", "--epochs", "2", "--batch", "16",
        "--device", "cpu", "--name", "pair", "--quiet",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    card = json.loads((tmp_path / "pair.json").read_text())
    assert card["training"]["processes"] == 2
    assert len(card["training"]["history"]) == 2
    assert done.stdout.count("wrote ") == 1  # one of the two reports


def test_a_batch_must_be_divisible(small_zip, tmp_path, monkeypatch):
    import torch

    from lulc_core.training.processes import Processes

    monkeypatch.setattr(Processes, "joined", classmethod(lambda cls, device: cls(0, 3, torch.device("cpu"))))
    with pytest.raises(InputError, match="batch of 32 cannot be shared by 3 processes"):
        train(TrainRequest(small_zip, tmp_path, architecture="pocket", batch=32, epochs=1))

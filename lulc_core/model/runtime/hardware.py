"""What this machine has to compute with; loads nothing heavy."""

from __future__ import annotations

import os
import sys


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def may_have_accelerator() -> bool:
    """Say whether torch should be asked for a graphics card: a driver is there, or the machine is Apple's."""
    if sys.platform == "darwin":
        return True
    if sys.platform == "win32":
        return os.path.exists(os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvcuda.dll"))
    return any(os.path.exists(p) for p in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd"))  # CUDA, WSL, ROCm


def cpu_has_bfloat16() -> bool:
    """Say whether the processor multiplies bfloat16 in hardware; elsewhere it is emulated and slower than float32."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            flags = f.read()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags

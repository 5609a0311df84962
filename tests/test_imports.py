"""The import budget: what a page imports before a user asks for anything brings in nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.imports import HEAVY, MODULES


def test_app_side_modules_bring_in_nothing_heavy():
    # One process for all: the list would only be longer than with one process each, never shorter.
    code = (
        "import importlib, sys\n"
        f"for name in {MODULES!r}:\n"
        "    importlib.import_module(name)\n"
        f"    print(name, *[h for h in {HEAVY!r} if h in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == list(MODULES)
    assert [line for line in lines if len(line) > 1] == []


def test_the_pages_leave_the_network_and_the_raster_libraries_to_the_first_click():
    code = (
        "import importlib, pkgutil, sys\n"
        "import lulc_core.ui\n"
        "names = [m.name for m in pkgutil.walk_packages(lulc_core.ui.__path__, 'lulc_core.ui.')]\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "print(len(names), *[h for h in ('torch', 'torchvision', 'rasterio', 'sentinelhub', 'scipy', 'pyogrio')"
        " if h in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    count, *heavy = done.stdout.split()
    assert int(count) > 5 and heavy == []


@pytest.mark.parametrize("package", ["numpy", "shapely"])
def test_the_command_lines_help_does_without_numpy_too(package):
    code = f"import sys, lulc_core.cli.main; print({package!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"

"""Room rules that import-linter cannot see: app.py and pages/, the standard library's network, what loads late.

The rooms inside lulc_core are kept apart by the contracts in pyproject.toml (`lint-imports`).
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lulc_core"
SCRIPTS = [path for path in (ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))) if path.exists()]
MODULES = sorted(PACKAGE.rglob("*.py"))

PAGES_MAY = {
    "__future__",
    "lulc_core.ui",
    "lulc_core.domain",
    "streamlit",
    "starlette",
    "typing",
    "collections",
    "datetime",
    "functools",
}
NETWORK = {
    "urllib.request",
    "http.client",
    "http.server",
    "socket",
    "ssl",
    "ftplib",
    "smtplib",
    "requests",
    "urllib3",
    "aiohttp",
    "httpx",
    "sentinelhub",
    "oauthlib",
    "requests_oauthlib",
}
NETWORK_ROOMS = {"sources"}
SCREEN = {"streamlit", "streamlit_folium", "folium"}
TORCH = {"torch", "torchvision"}
TORCH_ROOMS = {"model", "training"}
LATE = {"torch", "torchvision", "sentinelhub", "rasterio", "plotly", "scipy"}


def imported(tree: ast.AST) -> set[str]:
    """Dotted names of everything that a module imports, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def within(name: str, allowed: set[str]) -> bool:
    """True where `name` is one of `allowed` or lies inside of one."""
    return any(name == item or name.startswith(f"{item}.") for item in allowed)


def relative(path: Path) -> str:
    """Path for a message and a test's name."""
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    """Folder of lulc_core that a module lies in, or its own name."""
    return path.relative_to(PACKAGE).parts[0]


def test_the_check_sees_imports_in_functions():
    source = "import os.path\ndef f():\n    from urllib import request\n    import torch\n"
    assert imported(ast.parse(source)) == {"os.path", "urllib", "urllib.request", "torch"}
    assert within("urllib.request", NETWORK)
    assert not within("urllib.parse", NETWORK)


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_pages_import_only_ui_and_domain(path: Path):
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    # `from lulc_core.ui import x` lists both the package and its member; `from lulc_core import ui` the bare package.
    foreign = sorted(name for name in names if name != "lulc_core" and not within(name, PAGES_MAY))
    assert not foreign, f"{relative(path)} imports {', '.join(foreign)}; it may import {', '.join(sorted(PAGES_MAY))}"


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_pages_stay_thin(path: Path):
    limit = 60 if path.name == "app.py" else 120
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= limit, (
        f"{relative(path)} has {lines} lines; move what is not reading widgets or showing to lulc_core.ui"
    )


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_stay_readable(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{relative(path)} has {lines} lines; would two modules be clearer?"
    assert path.stem not in {"utils", "helpers", "common"}, f"{relative(path)}: name it after what it does"


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) not in NETWORK_ROOMS], ids=relative)
def test_only_sources_know_the_network(path: Path):
    used = sorted(name for name in imported(ast.parse(path.read_text(encoding="utf-8"))) if within(name, NETWORK))
    assert not used, f"{relative(path)} imports {', '.join(used)}; only lulc_core.sources may"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_only_ui_knows_the_screen_and_only_model_and_training_know_torch(path: Path):
    room = room_of(path)
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    if room != "ui":
        assert not sorted(name for name in names if within(name, SCREEN)), f"{relative(path)}: only ui shows"
    if room not in TORCH_ROOMS:
        assert not sorted(name for name in names if within(name, TORCH)), f"{relative(path)}: only model and training"


def test_no_modules_import_each_other_in_a_circle():
    """Lazy imports and those for types alone count: a circle is a circle for the reader."""
    names = {relative(p).removesuffix(".py").replace("/", ".").removesuffix(".__init__"): p for p in MODULES}
    graph = {}
    for name, path in names.items():
        found = imported(ast.parse(path.read_text(encoding="utf-8")))
        # ``from package import module`` lists both; the package counts only where it is meant itself.
        found -= {n.rpartition(".")[0] for n in found if n in names}
        graph[name] = {n for n in found if n in names and n != name}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_folders_stay_readable():
    sizes = {
        relative(folder): len([p for p in folder.glob("*.py") if p.name != "__init__.py"])
        for folder in (PACKAGE, *PACKAGE.rglob("*"))
        if folder.is_dir()
    }
    crowded = {folder: n for folder, n in sizes.items() if n > 17}
    assert not crowded, f"which of these belong together in a folder of their own? {crowded}"


def test_every_room_has_a_contract():
    """A new module at the top of lulc_core is named in pyproject.toml, so that its imports are decided on purpose."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = {module for contract in contracts for module in contract.get("source_modules", [])}
    rooms = {"lulc_core." + path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert not sorted(rooms - named - {"lulc_core.__init__", "lulc_core.__main__", "lulc_core.version"})


def test_heavy_libraries_load_on_first_use():
    """Imports every module but torch networks, training and overrides of the Sentinel Hub client, in a fresh Python."""
    names = [relative(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in MODULES]
    light = [
        name
        for name in names
        if not name.startswith(("lulc_core.model.", "lulc_core.training."))
        and not name.endswith(("__main__", "sentinel_hub.overrides"))
    ]
    assert "lulc_core.domain.classes" in light
    # Streamlit brings Plotly along, so ui comes last and is judged without it.
    light.sort(key=lambda name: name.startswith("lulc_core.ui"))
    program = (
        "import importlib, sys\n"
        f"for name in {light!r}:\n"
        "    importlib.import_module(name)\n"
        f"    late = {LATE!r} - ({{'plotly'}} if name.startswith('lulc_core.ui') else set())\n"
        "    assert not late & set(sys.modules), f'importing {name} loads {sorted(late & set(sys.modules))}'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_rasters_are_opened_by_drivers_that_are_named(path: Path):
    """GDAL asks 150 drivers otherwise, of which some open addresses and other files."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("rasterio.open", "memory.open"):
            named = {keyword.arg for keyword in node.keywords}
            assert named & {"driver", None}, f"{relative(path)}, line {node.lineno} names no driver"

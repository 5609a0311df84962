"""Run the quick tests under the newest other Python that this machine has, in a virtual environment of its own.

    python scripts/other_python.py                  domain, language, spectra, files that users bring
    python scripts/other_python.py tests/render     others

Networks are left out (torch, torchvision and openvino are some gigabytes): what is tested is that our own code and the
other libraries run there. Nothing is done, and that is said, where no other Python is found.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import set_up  # noqa: E402

VERSIONS = ((3, 14), (3, 13), (3, 12))
WITHOUT = ("torch", "torchvision", "openvino", "nncf")
QUICK = (
    "tests/domain",
    "tests/language",
    "tests/analysis/spectra",
    "tests/sources/geotiff",
    "tests/sources/area_files",
    "tests/sources/test_gazetteer.py",
)


def find_python(wanted: tuple[int, int]) -> str | None:
    """Return a Python of that version which starts: on PATH, or among those of pyenv."""
    name = f"{wanted[0]}.{wanted[1]}"
    for candidate in (f"python{name}", *map(str, Path.home().glob(f".pyenv/versions/{name}.*/bin/python"))):
        try:
            done = subprocess.run(
                [candidate, "-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"],
                capture_output=True,
                text=True,
            )
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.split() == [str(part) for part in wanted]:
            return candidate
    return None


def main(tests: list[str]) -> int:
    """Set up and run; the exit status is pytest's, 0 where there is no other Python."""
    found = next(((v, p) for v in VERSIONS if v != sys.version_info[:2] and (p := find_python(v))), None)
    if found is None:
        print(f"no other Python here than {sys.version_info[0]}.{sys.version_info[1]}: nothing to try")
        return 0
    version, python = found
    name = f"{version[0]}.{version[1]}"
    set_up.VENV = ROOT / f".venv-{name}"
    lines = [
        line
        for file in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if not line.startswith(("-r", *WITHOUT))
    ]
    listed = set_up.VENV / "requirements.txt"
    expected = set_up.fingerprint([], *lines)
    stamp = set_up.VENV / ".stamp"
    if not set_up.is_stamped(stamp, expected):
        set_up.say(f"Python {name} is here too; setting up {set_up.VENV.name} without networks")
        if not set_up.venv_program("python").exists():
            subprocess.run([python, "-m", "venv", str(set_up.VENV)], check=True)
        listed.write_text("\n".join(lines), encoding="utf-8")
        pip: list[str | Path] = [set_up.venv_program("python"), "-m", "pip", "install", "--progress-bar", "off"]
        set_up.run(
            [*pip, *set_up.PIP_OPTIONS, "-r", listed], f"pip could not install the requirements for Python {name}."
        )
        stamp.write_text(expected, encoding="utf-8")
    command = [str(set_up.venv_program("python")), "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *(tests or QUICK)], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

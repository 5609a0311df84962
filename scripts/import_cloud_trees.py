"""Convert the trees of the s2cloudless cloud detector to arrays: the file that ``sources/clouds/trees.py`` reads.

    pip download s2cloudless==1.7.3 --no-deps
    python scripts/import_cloud_trees.py s2cloudless-1.7.3-py3-none-any.whl

Nothing is changed but the form: thresholds become the largest float32 that is not above them, so that float32 pixels
take the same way through every tree, and the values of leaves are rounded to float32. The file stays under the licence
of s2cloudless (lulc_core/sources/clouds/LICENSE-s2cloudless.md, CC BY-SA 4.0).
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

MODEL = "s2cloudless/models/pixel_s2_cloud_detector_lightGBM_v0.1.txt"
OUT = Path(__file__).parents[1] / "lulc_core/sources/clouds/s2cloudless.safetensors"
ORIGIN = "s2cloudless 1.7.3, Sentinel Hub, CC BY-SA 4.0; made by scripts/import_cloud_trees.py"


def trees_of(text: str) -> dict[str, NDArray[np.generic]]:
    """Read LightGBM's text: node k goes to ``children[k, 1]`` where its feature is at most its threshold, else to 0.

    Children below 0 are leaves: ``values[-child - 1]``.
    """
    features, thresholds, children, values, roots = [], [], [], [], []
    n_nodes = n_leaves = 0
    for part in text.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        if fields["num_cat"] != "0" or set(fields["decision_type"].split()) != {"2"}:
            raise ValueError("a tree has other decisions than `<=` of numbers")
        sides = np.array([fields[f"{side}_child"].split() for side in ("right", "left")], np.int64).T  # (n, 2)
        children.append(np.where(sides >= 0, sides + n_nodes, sides - n_leaves))
        features.append(np.array(fields["split_feature"].split(), np.uint8))
        thresholds.append(np.array(fields["threshold"].split(), np.float64))
        values.append(np.array(fields["leaf_value"].split(), np.float32))
        roots.append(n_nodes)
        n_nodes, n_leaves = n_nodes + len(sides), n_leaves + len(values[-1])
    exact = np.concatenate(thresholds)
    below = exact.astype(np.float32)
    below = np.where(below > exact, np.nextafter(below, np.float32(-np.inf)), below)
    return {
        "features": np.concatenate(features),
        "thresholds": below,
        "children": np.ascontiguousarray(np.concatenate(children), np.int32),  # the file knows no other order
        "values": np.concatenate(values),
        "roots": np.array(roots, np.int32),
    }


def main() -> int:
    """Read the wheel and write the file."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        text = wheel.read(MODEL).decode()
    save_file(trees_of(text), OUT, metadata={"origin": ORIGIN})
    print(f"{OUT.name}: {OUT.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The Model page in the address bar: which part, which cell of the matrix, how its numbers are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import InputError, LulcError

PARTS = {
    "mistakes": "Mix-ups",
    "classes": "Classes",
    "sure": "How sure",
    "shifts": "Other imagery",
    "limits": "Limits",
    "training": "Training",
}
"""Parts of the page by their name in a link, with what a user reads; the first is the usual one."""
NORMS = {"rows": "% of the truth", "columns": "% of the map", "counts": "Patches"}
ROWS = {"truth": "the truth", "map": "the map"}


@dataclass(frozen=True)
class ModelLink:
    """What the address bar holds."""

    part: str = "mistakes"
    cell: tuple[str, str] | None = None
    """EuroSAT names: what it is, what the network said."""
    norm: str = "rows"
    """``rows``: per cent of each true class; ``columns``: of each named class; ``counts``: patches."""
    rows: str = "truth"
    """What the rows of the matrix are: ``truth`` or ``map``."""
    cls: str = ""
    """EuroSAT name of the class whose details are shown."""
    model: str = ""
    """Empty for the one that the app uses."""

    def to_params(self) -> dict[str, str]:
        """As query parameters; what is usual is left out."""
        usual = ModelLink()
        params = {
            "part": self.part if self.part != usual.part else "",
            "cell": ",".join(self.cell) if self.cell and self.part == "mistakes" else "",
            "norm": self.norm if self.norm != usual.norm else "",
            "rows": self.rows if self.rows != usual.rows else "",
            "class": self.cls if self.part == "classes" else "",
            "model": self.model,
        }
        return {k: v for k, v in params.items() if v}

    @classmethod
    def from_params(cls, params: Mapping[str, str], models: tuple[str, ...]) -> tuple[ModelLink, tuple[LulcError, ...]]:
        """Reads query parameters; what is not known is left out and comes back as an error."""
        errors: list[LulcError] = []

        def one_of(name: str, allowed: tuple[str, ...], usual: str) -> str:
            value = params.get(name, "")
            if value and value not in allowed:
                shown = f"The link's '{name}' is not known; there are {', '.join(Path(n).stem for n in allowed)}."
                errors.append(InputError(shown, hint="Choose it on the page."))
            return value if value in allowed else usual

        part = one_of("part", tuple(PARTS), "mistakes")
        cell = None
        if params.get("cell"):
            names = tuple(params["cell"].split(","))
            if len(names) == 2 and all(n in CLASS_NAMES for n in names):
                cell = (names[0], names[1])
            else:
                said = "The link's cell is not two of the ten classes, as in PermanentCrop,AnnualCrop (truth, map)."
                errors.append(InputError(said, hint="Choose a cell of the matrix."))
        norm = one_of("norm", tuple(NORMS), "rows")
        rows = one_of("rows", tuple(ROWS), "truth")
        shown_class = one_of("class", CLASS_NAMES, "")
        model = one_of("model", models, "")
        return cls(part, cell, norm, rows, shown_class, "" if models and model == models[0] else model), tuple(errors)

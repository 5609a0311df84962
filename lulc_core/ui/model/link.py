"""The Model page in the address bar: which part, which cell of the matrix, how its numbers are counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import InputError, LulcError
from lulc_core.ui.permalink import LinkReader, to_params

PARTS = ("mistakes", "classes", "sure", "shifts", "networks", "limits", "training")
"""Parts of the page by their name in a link; the first is the usual one."""
NORMS = ("rows", "columns", "counts")
ROWS = ("truth", "map")


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
        """Return the query parameters; what is usual is left out."""
        cell = self.cell if self.part == "mistakes" else None
        shown = {"part": self.part, "cell": cell, "norm": self.norm, "rows": self.rows, "model": self.model}
        shown["class"] = self.cls if self.part == "classes" else ""
        return to_params(**{k: v for k, v in shown.items() if v != getattr(ModelLink, k, "")})

    @classmethod
    def from_params(cls, params: Mapping[str, str], models: tuple[str, ...]) -> tuple[ModelLink, tuple[LulcError, ...]]:
        """Read query parameters; what is not known is left out and comes back as an error."""
        link = LinkReader(params)

        def one_of(name: str, allowed: Collection[str], usual: str = "") -> str:
            message = f"The link's '{name}' is not known; there are {', '.join(Path(n).stem for n in allowed)}."
            return link.one_of(name, allowed, InputError(message, hint="Choose it on the page."), usual=usual)

        truth, _, said = params.get("cell", "").partition(",")
        known = truth in CLASS_NAMES and said in CLASS_NAMES
        if params.get("cell") and not known:
            message = "The link's cell is not two of the ten classes, as in PermanentCrop,AnnualCrop (truth, map)."
            link.errors.append(InputError(message, hint="Choose a cell of the matrix."))
        part, norm = one_of("part", PARTS, cls.part), one_of("norm", NORMS, cls.norm)
        rows = one_of("rows", ROWS, cls.rows)
        model = one_of("model", models)
        made = cls(part, (truth, said) if known else None, norm, rows, one_of("class", CLASS_NAMES), model)
        return replace(made, model="") if model == models[0] else made, tuple(link.errors)

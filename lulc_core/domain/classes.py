"""The ten EuroSAT classes: order, names, letters and colours, in the one place that decides them."""

from __future__ import annotations

from dataclasses import dataclass

NO_DATA = 255
"""Class id of a tile without a name (uint8 no-data of every class raster)."""


@dataclass(frozen=True)
class LandCoverClass:
    """One land-use / land-cover class.

    Source: EuroSAT (Helber et al. 2019, doi 10.1109/JSTARS.2019.2918242) for classes and their alphabetical order;
    CORINE Land Cover nomenclature for the roll-up; colours chosen for colour-blind readers (docs/DESIGN.md).
    """

    id: int
    """Position in the alphabetical order, 0 to 9; the value in class rasters."""
    name: str
    """EuroSAT's own spelling; used in files and on the command line."""
    label: str
    """Plain words for people who are not specialists, lower case."""
    letter: str
    """One letter that stands for the class wherever colour alone would."""
    color: str
    """Default colour, ``#RRGGBB``, safe for colour-blind readers."""
    corine_l1: int
    """CORINE level 1 group, 1 to 5."""
    corine_l2: str
    """CORINE level 2 group or groups."""
    corine_color: str
    """The colour that CORINE readers expect, ``#RRGGBB``."""


CLASSES: tuple[LandCoverClass, ...] = (
    LandCoverClass(0, "AnnualCrop", "annual crops", "A", "#E9C716", 2, "2.1", "#FFFFA8"),
    LandCoverClass(1, "Forest", "forest", "F", "#00441B", 3, "3.1", "#80FF00"),
    LandCoverClass(2, "HerbaceousVegetation", "herbaceous vegetation", "V", "#7FA650", 3, "3.2", "#CCF24D"),
    LandCoverClass(3, "Highway", "highway", "H", "#222222", 1, "1.2", "#CC0000"),
    LandCoverClass(4, "Industrial", "industrial", "I", "#B45CC9", 1, "1.2", "#CC4DF2"),
    LandCoverClass(5, "Pasture", "pasture", "P", "#E2F5B0", 2, "2.3", "#E6E64D"),
    LandCoverClass(6, "PermanentCrop", "permanent crops", "C", "#9C5A1A", 2, "2.2", "#F2A64D"),
    LandCoverClass(7, "Residential", "residential", "R", "#F08A9B", 1, "1.1", "#FF0000"),
    LandCoverClass(8, "River", "river", "W", "#7FD3F7", 5, "5.1", "#00CCF2"),
    LandCoverClass(9, "SeaLake", "sea or lake", "S", "#123B9E", 5, "5.1 and 5.2", "#80F2E6"),
)

CLASS_NAMES: tuple[str, ...] = tuple(c.name for c in CLASSES)
N_CLASSES = len(CLASSES)

CORINE_L1: dict[int, str] = {
    1: "artificial surfaces",
    2: "agricultural areas",
    3: "forest and semi-natural areas",
    4: "wetlands",
    5: "water bodies",
}
"""CORINE Land Cover level 1, in words."""


def class_by_name(name: str) -> LandCoverClass:
    """Return the class of that EuroSAT name.

    Raises:
        KeyError: there is no such class.
    """
    return _BY_NAME[name]


_BY_NAME = {c.name: c for c in CLASSES}

"""The ten EuroSAT classes: order, names, letters and colours, in the one place that decides them."""

from __future__ import annotations

from dataclasses import dataclass

LINES = ("Highway", "River")
"""Classes that EuroSAT gives to a square because a road or river crosses it, whatever else covers it."""
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
    """Plain words for what a patch shows, lower case; maps say :attr:`map_label`."""
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

    @property
    def is_line(self) -> bool:
        """True for :data:`LINES`.

        Such squares are counted, and never added to the areas of land.
        """
        return self.name in LINES

    @property
    def map_label(self) -> str:
        """Plain words for a square of a map, lower case: ``forest``, but ``crossed by a road``."""
        return {"Highway": "crossed by a road", "River": "crossed by a river"}.get(self.name, self.label)


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

GROUPS: dict[str, tuple[int, ...]] = {"farmland": (0, 5, 6), "nature": (1, 2), "built_up": (7, 4), "water": (9,)}
"""Broad groups of land by key, with the ids of their classes; roads and rivers, which are no land, are in none."""

TRAINING_GROUND: tuple[tuple[float, float], ...] = (
    (-25, 62), (-25, 67.5), (-10, 68), (10, 72.5), (32, 72), (31.6, 62), (28.5, 60), (28.2, 56),
    (33, 53.3), (40.2, 49.8), (40.2, 47.2), (36.7, 45.3), (33.5, 44.2), (28.3, 43.5), (28.3, 42), (26.3, 41.7),
    (26, 40.7), (25.6, 39), (28.4, 36.3), (31.5, 35.2), (34.8, 35.8), (34.6, 34.4), (23.5, 34.6), (14.4, 35.6),
    (11.8, 36.6), (11.4, 37.6), (8, 38.5), (-1.8, 36.5), (-5.6, 35.9), (-10, 36.4), (-10.5, 44), (-11.5, 52),
)  # fmt: skip
"""Corners (longitude, latitude) around the 34 countries of EuroSAT's patches, roughly. Source: Helber et al. 2019."""

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


def in_training_ground(lon: float, lat: float) -> bool:
    """Tell whether a place lies in the part of Europe that EuroSAT's patches are from.

    Args:
        lon: -180 to 180 degrees, or beyond for areas across the antimeridian.
        lat: -90 to 90 degrees.
    """
    lon, inside, (x0, y0) = (lon + 180) % 360 - 180, False, TRAINING_GROUND[-1]
    for x, y in TRAINING_GROUND:  # even-odd rule: how many edges lie east of the place
        if (y > lat) != (y0 > lat) and lon < x + (x0 - x) * (lat - y) / (y0 - y):
            inside = not inside
        x0, y0 = x, y
    return inside


_BY_NAME = {c.name: c for c in CLASSES}

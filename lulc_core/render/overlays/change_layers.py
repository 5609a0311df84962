"""Overlays of a comparison for a web map: what became of the land, how probable that is, and both dates alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES, N_CLASSES, NO_DATA
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.scene import Scene
from lulc_core.language.words import Words, english
from lulc_core.render.colors import class_colors, ramp_colors
from lulc_core.render.overlays.layer import NOTHING, MapLayer, cell_layer, picture_layer
from lulc_core.render.overlays.map_layers import bright_pair, false_colour_layer, land_cover_layer, ndvi_layer

_STRENGTHS: tuple[tuple[float, int], ...] = ((0.0, 110), (0.8, 180), (0.95, 255))
"""Least probability of change, opacity (0 to 255): the stronger the colour, the more probable the change."""
_GAINS: tuple[tuple[float, int], ...] = ((0.0, 110), (0.4, 180), (0.7, 255))
"""Least gain of a class (0 to 1), opacity (0 to 255): the stronger the colour, the larger the shift."""
PROBABILITY_STEPS: tuple[tuple[float, str, str], ...] = (
    (0.0, "#FCFDBF", "below 20 %"),
    (0.2, "#FE9F6D", "20 to 60 %"),
    (0.6, "#DE4968", "60 to 80 %"),
    (0.8, "#8C2981", "80 to 95 %"),
    (0.95, "#3B0F70", "95 % and more"),
)
"""Least probability of change, colour, label; the darker, the more probable (magma, CC0, by Smith and van der Walt)."""
NOT_COMPARED_LABEL = "not compared (cloud, no data, unfamiliar)"

PICTURES: dict[str, Callable[[Scene], MapLayer]] = {"false_colour": false_colour_layer, "ndvi": ndvi_layer}
"""Pictures that both dates can be shown in besides true colour; each has one stretch, the same for every date."""


def change_layer(change: ChangeMap, *, shown: NDArray[np.bool_] | None = None, words: Words | None = None) -> MapLayer:
    """Paint the cells that changed, in the colour and with the letter of what they became; stronger is more probable.

    Args:
        change: the comparison.
        shown: (rows, columns) cells to show, as ``analysis.change.select`` gives them; None for those that count.
        words: whose letters the classes have; None for English.
    """
    shown = change.changed if shown is None else shown & change.compared
    became = np.where(shown, change.to_ids, np.uint8(NO_DATA))
    return _graded("change", "Change", change, became, change.change_probability, _STRENGTHS, "became", words)


def change_probability_layer(change: ChangeMap) -> MapLayer:
    """Paint the probability of change of every compared cell in five steps, whether or not it counts."""
    steps = _step(change.change_probability, [s[0] for s in PROBABILITY_STEPS])
    return cell_layer(
        "chance",
        "Chance of change",
        change.grid,
        np.where(change.compared, steps, NOTHING).astype(np.uint8),
        [(color, 255) for _, color, _ in PROBABILITY_STEPS],
        tuple((label, color) for _, color, label in PROBABILITY_STEPS),
        left_out=~change.compared,
        left_out_label=NOT_COMPARED_LABEL,
        simulated=change.simulated,
        on_picture=True,
    )


def probability_change_layer(
    change: ChangeMap, gained: NDArray[np.uint8], gain: NDArray[np.floating], *, words: Words | None = None
) -> MapLayer:
    """Paint the cells whose probabilities shifted, in the colour of the class that gained most.

    Args:
        change: the comparison.
        gained: (rows, columns) class that gained most, 255 for cells that are not shown.
        gain: (rows, columns) how much, 0 to 1.
        words: whose letters the classes have; None for English.
    """
    gained = np.where(change.compared, gained, np.uint8(NO_DATA))
    return _graded("shift", "Mixture shift", change, gained, gain, _GAINS, "more", words)


INDEX_STOPS: tuple[tuple[float, str, str], ...] = (
    (-0.5, "#A6611A", "fell by 0.5 or more"),
    (-0.2, "#DFC27D", "fell by 0.2"),
    (0.0, "#F5F5F5", "the same"),
    (0.2, "#80CDC1", "rose by 0.2"),
    (0.5, "#018571", "rose by 0.5 or more"),
)
"""Difference of an index, colour, label; between them colours are mixed. BrBG of ColorBrewer, for the colour-blind."""


def index_layer(scene: Scene, name: str, difference: NDArray[np.floating]) -> MapLayer:
    """Paint how an index changed, pixel by pixel; clear where a date has no clear measurement.

    Args:
        scene: of the later date.
        name: ``NDVI`` or ``NBR``.
        difference: (rows, columns) of 10 m pixels, NaN where there is none.
    """
    legend = tuple((label, color) for _, color, label in reversed(INDEX_STOPS))
    pixels = ramp_colors(difference, INDEX_STOPS)
    return picture_layer(
        f"d{name.lower()}", f"Change of {name}", scene, pixels, known=np.isfinite(difference), legend=legend
    )


def picture_pair(before: Scene, after: Scene, kind: str = "true_colour") -> tuple[MapLayer, MapLayer]:
    """Paint both dates as pictures with the same stretch, for swiping; a difference seen is one in the imagery.

    True colour is brightened for what both dates show; the others have a fixed stretch.

    Args:
        before: pixels of the earlier date.
        after: pixels of the later date.
        kind: ``true_colour``, ``false_colour`` or ``ndvi``.

    Raises:
        InputError: a scene lacks a band that the picture needs.
        KeyError: no such kind.
    """
    if kind == "true_colour":
        first, second = bright_pair(before, after)
    else:
        first, second = (PICTURES[kind](scene) for scene in (before, after))
    return _dated(first, "before", before.acquisition.date), _dated(second, "after", after.acquisition.date)


def class_pair(before: LandCoverMap, after: LandCoverMap, words: Words | None = None) -> tuple[MapLayer, MapLayer]:
    """Paint both class maps for swiping; one legend with every class that either holds, in a reader's letters."""
    reader = words or english()
    layers = [land_cover_layer(m, words=reader) for m in (before, after)]
    known = dict.fromkeys(entry for layer in layers for entry in layer.legend)
    order = {f"{reader.class_letter(c.id)}  {c.map_label}": c.id for c in CLASSES}
    legend = tuple(sorted(known, key=lambda entry: order.get(entry[0], N_CLASSES)))
    first, second = (replace(layer, legend=legend) for layer in layers)
    return _dated(first, "before", before.acquisition.date), _dated(second, "after", after.acquisition.date)


def _dated(layer: MapLayer, side: str, day: str) -> MapLayer:
    return replace(layer, key=f"{layer.key}_{side}", title=f"{layer.title}, {day}")


def _graded(
    key: str,
    title: str,
    change: ChangeMap,
    ids: NDArray[np.uint8],
    strength: NDArray[np.floating],
    steps: Sequence[tuple[float, int]],
    verb: str,
    words: Words | None,
) -> MapLayer:
    """Cells in the colour and with the letter of a class (255 for none), the stronger the more opaque."""
    reader, colors = words or english(), class_colors()
    step = _step(strength, [least for least, _ in steps])
    values = np.where(ids < N_CLASSES, step * N_CLASSES + ids, NOTHING).astype(np.uint8)
    return cell_layer(
        key,
        title,
        change.grid,
        values,
        [(color, opacity) for _, opacity in steps for color in colors],
        tuple(
            (f"{reader.class_letter(c.id)}  {verb} {c.map_label}", colors[c.id]) for c in CLASSES if (ids == c.id).any()
        ),
        left_out=~change.compared,
        left_out_label=NOT_COMPARED_LABEL,
        simulated=change.simulated,
        letters=ids,
        on_picture=True,
        words=reader,
    )


def _step(values: NDArray[np.floating], least: Sequence[float]) -> NDArray[np.intp]:
    return np.searchsorted(least, np.nan_to_num(values), side="right") - 1

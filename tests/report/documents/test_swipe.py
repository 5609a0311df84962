"""Both dates under a divider: one size, one place, and what changed is outlined on both."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.errors import InputError
from lulc_core.language.words import Words
from lulc_core.report.documents.swipe import swipe_sides
from lulc_core.report.story.comparison import report_of
from tests.report.stories import bundle

SIDE_PX = 900


def test_both_sides_are_of_one_size_and_outline_what_changed():
    made = bundle("two")
    sides = swipe_sides(made, Words("en"), SIDE_PX)
    pictures = [np.asarray(Image.open(io.BytesIO(s.picture)).convert("RGB")).astype(int) for s in sides]
    assert pictures[0].shape == pictures[1].shape and max(pictures[0].shape) == SIDE_PX
    grid = made.after.land_cover.grid
    px = pictures[0].shape[1] / grid.n_cols
    changed = np.argwhere(report_of(made).change.changed)
    assert len(changed)
    row, col = changed[0]
    for picture in pictures:
        # Along the upper edge of the square runs a white line between dark ones.
        strip = picture[round(row * px) - 4 : round(row * px) + 5, round((col + 0.3) * px) : round((col + 0.7) * px)]
        middle = picture[
            round((row + 0.4) * px) : round((row + 0.6) * px), round((col + 0.4) * px) : round((col + 0.6) * px)
        ]
        assert strip.max() > 225 and strip.min() < 60
        assert strip.max() > middle.max()


def test_one_date_has_no_divider():
    with pytest.raises(InputError, match="one date"):
        swipe_sides(bundle("map"), Words("en"))

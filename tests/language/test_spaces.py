"""Numbers stay with what they count, and dates whole; nothing else is bound."""

from __future__ import annotations

from datetime import date

import pytest

from lulc_core.language.spaces import FIXED, bound
from lulc_core.language.words import Words


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Between 15 August 2019 and 14 ago 2021", "Between 15~August~2019 and 14~ago~2021"),
        ("2 of 101 squares (82 ha, 2.5 % of 1,234.5 km²)", "2 of 101~squares (82~ha, 2.5~% of 1,234.5~km²)"),
        ("36,0 km² in 3 quadrati di 160 m, a 2 anni", "36,0~km² in 3~quadrati di 160~m, a 2~anni"),
        ("at 45.488° N, 8.855° E at 10:20 UTC", "at 45.488°~N, 8.855°~E at 10:20~UTC"),
        ("Sentinel-2 may see it in May 2 more times", "Sentinel-2 may see it in May 2 more times"),
        ("B02 m and Sentinel-2 m", "B02 m and Sentinel-2 m"),
        ("", ""),
    ],
)
def test_what_is_held_together(text, held):
    assert bound(text).replace(FIXED, "~") == held


@pytest.mark.parametrize("lang", ["en", "it"])
def test_every_month_in_every_form_of_a_date(lang):
    words = Words(lang)
    for month in range(1, 13):
        for form in (words.date, words.short_date):
            assert " " not in bound(form(date(2021, month, 3))), form(date(2021, month, 3))

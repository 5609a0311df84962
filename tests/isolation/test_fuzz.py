"""A short run of the fuzzers; ``python -m benchmarks.fuzz --minutes N`` is the long one."""

from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.fuzz import ending_of, inputs


@pytest.mark.parametrize(("kind", "n"), [("areas", 40), ("rasters", 20), ("links", 300)])
def test_damaged_input_is_read_or_refused_in_one_sentence(kind, n):
    endings = {number: ending_of(kind, *seed) for number, seed in islice(inputs(kind, seed=0), n)}
    assert not {number: ending for number, ending in endings.items() if ending.how == "fault"}
    assert any(ending.how == "read" for ending in endings.values()), "the damage is too large to be of use"

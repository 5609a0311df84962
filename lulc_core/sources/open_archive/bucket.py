"""Google's public bucket of L1C products: lists, metadata, files. Anonymous; what never changes is kept on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from lulc_core.domain.errors import ServiceError
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.granules import GranuleSquare
from lulc_core.sources.open_archive.products import Metadata, Product, band_of, parse_metadata, product_of
from lulc_core.sources.open_archive.web import ASK, SERVICE_HINT, NotThereError, Web, host_of
from lulc_core.sources.overpasses import SAME_OVERPASS

NAME = "gcp-public-data-sentinel-2"
SATELLITES = {"S2A": date(2015, 6, 23), "S2B": date(2017, 3, 7), "S2C": date(2024, 9, 5), "S2D": date(2026, 6, 1)}
"""Satellites and the day from which there can be images. Source: ESA launch dates; S2D is a guess, asked for in vain
until it flies."""
_OLD_NAMES_UNTIL = date(2016, 12, 31)
_OLD_PREFIX = "S2A_OPER_PRD_MSIL1C_PDMC_"
_MAX_PAGES = 50


class Bucket:
    """The bucket; see the module.

    Args:
        web: the client.
        base_url: of Google Cloud Storage or a mirror that speaks its JSON list.
        store: where metadata and lists of files are kept.
    """

    def __init__(self, web: Web, base_url: str, store: ByteStore) -> None:
        self.web, self.base_url, self.store = web, base_url, store

    @property
    def host(self) -> str:
        """Whom one asks."""
        return host_of(self.base_url)

    def url(self, path: str) -> str:
        """Give the address of a file."""
        return f"{self.base_url}/{NAME}/{quote(path)}"

    def products_in(self, square: GranuleSquare, start: date, end: date, control: Control) -> list[Product]:
        """List products of a granule with a sensing day in a period, in no order.

        Raises:
            SourceError: the bucket does not answer.
        """
        found = {}
        for prefix in _prefixes(start, end):
            for path in self._folders(square.prefix + prefix, control):
                product = product_of(path, square.name)
                if product is not None and start <= product.sensing.date() <= end:
                    found[product.name] = product
        return list(found.values())

    def products_at(self, square: GranuleSquare, satellite: str, when: datetime, control: Control) -> list[Product]:
        """List the products of one overpass over a granule, all baselines, in no order."""
        days = {(when + turn).date() for turn in (-SAME_OVERPASS, SAME_OVERPASS)}
        names = [satellite] if satellite else [name for name, first in SATELLITES.items() if first <= when.date()]
        prefixes = [f"{name}_MSIL1C_{day:%Y%m%d}" for name in names for day in sorted(days)]
        if when.date() <= _OLD_NAMES_UNTIL:
            prefixes.append(_OLD_PREFIX)
        folders = [path for prefix in prefixes for path in self._folders(square.prefix + prefix, control)]
        found = [product for path in folders if (product := product_of(path, square.name)) is not None]
        return [p for p in found if abs(p.sensing - when) <= SAME_OVERPASS]

    def metadata(self, product: Product, control: Control) -> Metadata:
        """Read a product's metadata; of old names the baseline is in them alone.

        Raises:
            ServiceError: there are none, or they cannot be read.
        """
        name = f"metadata/{product.path}"
        data = self.store.read(name)
        fetched = data is None
        if data is None:
            file = "MTD_MSIL1C.xml"
            if product.name.split("_")[1] == "OPER":
                listed = self.files(product, control)
                names = [n for n in listed if n.rpartition("/")[2].startswith("S2A_OPER_MTD_SAFL1C")]
                if not names:
                    raise NotThereError(f"The product {product.name} has no metadata.", hint="Choose another date.")
                file = names[0].removeprefix(product.path)
            data = self.web.get(self.url(product.path + file), f"the metadata of {product.name}", control)
        found = parse_metadata(data, product.name)
        if fetched:
            self.store.write(name, data)
        return found if found.baseline else replace(found, baseline=product.baseline)

    def files(self, product: Product, control: Control) -> dict[str, int]:
        """List a product's files: path and bytes.

        Raises:
            ServiceError: there are none.
        """
        name = f"files/{product.path}"
        kept = self.store.read_json(name)
        if isinstance(kept, dict):
            return kept
        found: dict[str, int] = {}
        query = {"prefix": product.path, "fields": "items(name,size),nextPageToken"}
        for page in self._pages(query, f"the files of {product.name}", control):
            for item in page.get("items", []):
                if not item["name"].endswith("_$folder$"):
                    found[item["name"]] = int(item.get("size", 0))  # a string in JSON
        if not found:
            raise NotThereError(f"The product {product.name} has no files at {self.host}.", hint="Choose another date.")
        self.store.write_json(name, found)
        return found

    def bands(self, product: Product, control: Control) -> dict[str, str]:
        """Give the file of each band that a product has, by name."""
        return {band: path for path in self.files(product, control) if (band := band_of(path))}

    def _folders(self, prefix: str, control: Control) -> Iterator[str]:
        """List the folders that begin with a prefix."""
        tile = "".join(prefix.split("/")[1:4])
        query = {"prefix": prefix, "delimiter": "/", "fields": "prefixes,nextPageToken"}
        for page in self._pages(query, f"the products of {tile}", control):
            yield from (str(path) for path in page.get("prefixes", []))

    def _pages(self, query: dict[str, str], question: str, control: Control) -> Iterator[dict[str, Any]]:
        token = ""
        for _ in range(_MAX_PAGES):
            asked = {**query, **({"pageToken": token} if token else {})}
            url = f"{self.base_url}/storage/v1/b/{NAME}/o?{urlencode(asked)}"
            page = self.web.get_json(url, question, control)
            if not isinstance(page, dict) or not all(isinstance(page.get(k, []), list) for k in ("prefixes", "items")):
                raise ServiceError(
                    f"{self.host} was asked for {question} and answered something else.", hint=SERVICE_HINT, option=ASK
                )
            yield page
            token = page.get("nextPageToken", "")
            if not token:
                return
        raise ServiceError(
            f"{self.host} was asked for {question} and never came to an end.", hint=SERVICE_HINT, option=ASK
        )


def _prefixes(start: date, end: date) -> list[str]:
    """What names of products in a period begin with: by month, for long periods by year."""
    by_month = (end - start).days <= 200
    stamps = []
    day = date(start.year, start.month if by_month else 1, 1)
    while day <= end:
        stamps.append(f"{day:%Y%m}" if by_month else f"{day:%Y}")
        step = 1 if by_month else 12
        day = date(day.year + (day.month + step > 12), (day.month + step - 1) % 12 + 1, 1)
    flown = [(name, f"{first:%Y%m}") for name, first in SATELLITES.items()]
    found = [f"{name}_MSIL1C_{stamp}" for name, first in flown for stamp in stamps if stamp >= first[: len(stamp)]]
    return found + ([_OLD_PREFIX] if start <= _OLD_NAMES_UNTIL else [])

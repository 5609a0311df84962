"""Asks every service one small real question: what works, how fast, and what to do where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CancelledError, LulcError, NetworkError, ServiceError
from lulc_core.settings import Settings
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.deadline_jobs import Control, run_jobs, run_one
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.cog import open_cog
from lulc_core.sources.open_archive.granules import square_of
from lulc_core.sources.open_archive.jp2_file import Jp2File
from lulc_core.sources.open_archive.products import Product
from lulc_core.sources.open_archive.stac import find_granules, find_twins
from lulc_core.sources.open_archive.web import NETWORK_HINT, SERVICE_HINT, Patience, Web, host_of

PLACE = (8.83, 45.47, 8.87, 45.50)
"""W, S, E, N near Mesero, Italy, which lies in one granule."""
GRANULE, FIRST, LAST = "32TMR", date(2019, 7, 1), date(2019, 7, 31)
"""Long archived: every catalogue has it, in some baseline."""
LIMIT_S = 25.0
_OTHER = "What is kept there has changed; the other services may still do."
_ITS_OWN = {
    NETWORK_HINT: "Check the connection to the internet (and a proxy or firewall).",
    SERVICE_HINT: "Wait a few minutes and try again; the other services may still do.",
}
"""What to do, for a reader of these very answers: elsewhere the advice is to ask all services, as was done here."""
_PATIENCE = Patience(connect_s=6.0, read_s=10.0, attempts=2)


@dataclass(frozen=True)
class Answer:
    """What a service answered to one question."""

    service: str
    """What it is, in words."""
    host: str
    question: str
    ok: bool
    seconds: float
    answer: str
    """A sentence: what came, or what went wrong."""
    hint: str = ""
    """What to do where it does not work."""
    asked: bool = True
    """False where there was nothing to ask with: no account."""

    def to_json(self) -> dict[str, Any]:
        """Write the fields as JSON knows them."""
        return asdict(self)


@dataclass(frozen=True)
class _Service:
    """A service and how it is asked."""

    name: str
    host: str
    questions: tuple[str, ...]
    ask: Callable[[Control], Iterator[str]]
    """Gives what came, a sentence for each question in turn; raises where one fails."""
    asked: bool = True

    def answers(self, control: Control) -> tuple[Answer, ...]:
        """Ask until all is answered or one question fails."""
        found: list[Answer] = []
        started = time.monotonic()

        def note(ok: bool, answer: str, hint: str = "") -> None:
            seconds = round(time.monotonic() - started, 2)
            found.append(
                Answer(self.name, self.host, self.questions[len(found)], ok, seconds, answer, hint, self.asked)
            )

        try:
            for answer in self.ask(control):
                note(True, answer)
                started = time.monotonic()
        except CancelledError:
            raise
        except LulcError as error:
            note(False, error.message, _ITS_OWN.get(error.hint, error.hint))
        return tuple(found)


def check_sources(settings: Settings, *, limit_s: float = LIMIT_S) -> tuple[Answer, ...]:
    """Ask all services at once; never raises for what it is there to find out.

    Args:
        settings: addresses and account.
        limit_s: seconds for each service.

    Returns:
        One answer for each question, in a fixed order; after one that failed none of the same service.
    """
    web, aoi = Web(_PATIENCE), Aoi.from_bbox(*PLACE)
    with TemporaryDirectory() as folder:  # a kept answer would tell nothing
        bucket = Bucket(web, settings.gcs_url, ByteStore(Path(folder)))
        catalogue, search = settings.cdse_stac_url, settings.earth_search_url
        services = (
            _Service("Open bucket", bucket.host, ("list of products", "part of a file"), partial(_bucket, bucket)),
            _Service(
                "Copernicus catalogue", host_of(catalogue), ("search (L1C)",), partial(_catalogue, web, catalogue, aoi)
            ),
            _Service(
                "Earth Search", host_of(search), ("search (L2A)", "clouds (SCL)"), partial(_twins, web, search, aoi)
            ),
            _Service(
                "Sentinel Hub",
                host_of(settings.sh_base_url),
                ("log-in, one pixel",),
                partial(_account, settings),
                asked=settings.has_credentials,
            ),
        )
        found: dict[int, tuple[Answer, ...]] = {}
        jobs = [service.answers for service in services]
        with suppress(NetworkError):  # said below for each that has not answered
            late = NetworkError("The time was over.")
            for i, answers in run_jobs(jobs, limit_s=limit_s, timeout_error=lambda: late, parallel=len(jobs)):
                found[i] = answers
    for i, service in enumerate(services):
        text = f"{service.host} did not answer within {limit_s:g} s."
        missing = Answer(service.name, service.host, service.questions[0], False, limit_s, text, _ITS_OWN[NETWORK_HINT])
        found.setdefault(i, (missing,))
    return tuple(answer for i in range(len(services)) for answer in found[i])


def why_no_open_archive(settings: Settings, *, limit_s: float = 2.0) -> str:
    """Ask the bucket for one product, quickly.

    Returns:
        Empty where it answers, else a sentence that says why it cannot be used.
    """
    with TemporaryDirectory() as folder:
        web = Web(Patience(connect_s=limit_s, read_s=limit_s, attempts=1))
        bucket = Bucket(web, settings.gcs_url, ByteStore(Path(folder)))
        late = NetworkError(f"{bucket.host} did not answer within {limit_s:g} s.")
        try:
            found = run_one(partial(_listed, bucket), limit_s=limit_s, timeout_error=lambda: late)
        except LulcError as error:
            return error.message
    return "" if found else f"{bucket.host} has no product where there should be some."


def _listed(bucket: Bucket, control: Control) -> list[Product]:
    square = square_of(GRANULE)
    if square is None:
        raise ValueError(GRANULE)
    return bucket.products_at(square, "S2A", datetime(2019, 7, 16, 10, 20, 31, tzinfo=UTC), control)


def _bucket(bucket: Bucket, control: Control) -> Iterator[str]:
    products = _listed(bucket, control)
    if not products:
        raise ServiceError(f"{bucket.host} lists no product of {GRANULE} on 2019-07-16.", hint=_OTHER)
    product = products[0]
    yield f"{len(products)} of {GRANULE} on 2019-07-16, such as {product.name}."
    metadata = bucket.metadata(product, control)
    path = bucket.bands(product, control)["B04"]
    header = Jp2File(bucket.web, bucket.url(path), path, bucket.store).header(control)
    table = "with" if header.lengths else "without"
    yield (
        f"B04 has {header.width:,} x {header.height:,} pixels in {header.n_tiles} tiles, {table} a table of them; "
        f"baseline {metadata.baseline}, offset {metadata.offsets['B04']}."
    )


def _catalogue(web: Web, url: str, aoi: Aoi, control: Control) -> Iterator[str]:
    found = find_granules(web, url, aoi, FIRST, LAST, control)
    if not found:
        raise ServiceError(f"{host_of(url)} knows no image of Mesero in July 2019, where there were some.", hint=_OTHER)
    yield f"July 2019: {len(found)}, such as {found[0].id}."


def _twins(web: Web, url: str, aoi: Aoi, control: Control) -> Iterator[str]:
    since, until = datetime(2019, 7, 1, tzinfo=UTC), datetime(2019, 7, 31, 23, 59, tzinfo=UTC)
    found = [item for item in find_twins(web, url, aoi, since, until, control) if "scl" in item.assets]
    if not found:
        raise ServiceError(f"{host_of(url)} knows no image of Mesero in July 2019, where there were some.", hint=_OTHER)
    yield f"July 2019: {len(found)}, such as {found[0].id}."
    address = found[0].assets["scl"]
    with open_cog(web, address, control) as dataset:
        rows, cols = dataset.shape
        dataset.read(1, out_shape=(64, 64))
    yield f"{cols:,} x {rows:,} pixels from {host_of(address)}."


def _account(settings: Settings, control: Control) -> Iterator[str]:
    if not settings.has_credentials:
        yield "No account is set, and none is needed for the open archive."
        return
    from lulc_core.sources.sentinel_hub.connection import test_connection

    report = test_connection(settings)
    if not report.ok:
        raise ServiceError(report.message, hint=report.hint)
    yield report.message

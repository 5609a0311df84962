"""A local HTTP server that speaks the three protocols of the open archive, for the real client to talk to.

Google's bucket (JSON list, range reads), Copernicus' STAC search and Earth Search's with its COGs; it fails on demand
in every way a service can. Source of shapes: OPEN_DATA.md.

    with OpenServer(world_around()) as server:
        server.fail("file", "503", times=2)
        OpenArchiveSource(server.settings(cache_dir=tmp_path))
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import shapely
from shapely.affinity import translate

from lulc_core.settings import Settings
from tests.servers.frame import Handler, LocalServer
from tests.servers.open_archive import files
from tests.servers.open_archive.world import PIXELS, Granule, Overpass, World

BUCKET = "gcp-public-data-sentinel-2"
Reply = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}
STATUS = {"403": 403, "404": 404, "429": 429, "500": 500, "502": 502, "503": 503}


@dataclass
class Seen:
    """One request that arrived."""

    endpoint: str
    """``list``, ``file``, ``catalogue``, ``twins`` or ``cog``."""
    path: str
    headers: dict[str, str]
    body: Any
    fault: str
    sent: int = 0


class OpenServer(LocalServer):
    """The server; use as a context manager.

    Args:
        world: what it holds.
        page_size: items of a catalogue's page.
        delay_s: before every answer: the way to the server and back.
        bytes_per_s: of the line, shared by all connections; 0 for as fast as it can.
    """

    def __init__(
        self, world: World, *, page_size: int = 100, delay_s: float = 0.0, bytes_per_s: float = 0.0, port: int = 0
    ) -> None:
        super().__init__(("list", "file", "catalogue", "twins", "cog"), _handler(self), port=port, delay_s=delay_s)
        self.world, self.page_size, self.bytes_per_s = world, page_size, bytes_per_s
        self._line_free = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which the app and the command line use this server."""
        return {
            "LULC_GCS_URL": f"{self.url}/gcs",
            "LULC_CDSE_STAC_URL": f"{self.url}/cdse/v1",
            "LULC_EARTH_SEARCH_URL": f"{self.url}/es/v1",
        }

    def settings(self, *, cache_dir: Path, **changes: Any) -> Settings:
        """Settings that point here."""
        gcs, cdse, es = self.environment.values()
        return Settings(
            **{"gcs_url": gcs, "cdse_stac_url": cdse, "earth_search_url": es, "cache_dir": cache_dir, **changes}
        )

    def fail(self, endpoint: str, kind: str, *, times: int | None = None, where: str = "") -> None:
        """Makes an endpoint fail, for some times or until :meth:`heal`, where the address holds some text."""
        self.plan(endpoint, kind, times, lambda path: where in path)

    @property
    def sent_bytes(self) -> int:
        """Bytes of all answers."""
        return sum(s.sent for s in self.seen)

    def take_line(self, n: int) -> None:
        """Waits as long as some bytes take on the line, which all connections share."""
        if self.bytes_per_s:
            with self.lock:
                start = max(self._line_free, time.monotonic())
                self._line_free = start + n / self.bytes_per_s
            self.wait(max(self._line_free - time.monotonic(), 0))

    # ---- what it holds ----

    def objects(self) -> dict[str, Callable[[], bytes]]:
        """Files of the bucket by path, made when they are read."""
        found: dict[str, Callable[[], bytes]] = {}
        for overpass in self.world.overpasses:
            for granule in overpass.granules:
                for baseline in overpass.baselines:
                    found |= self._product(overpass, granule, baseline)
        return found

    def _product(self, overpass: Overpass, granule: Granule, baseline: str) -> dict[str, Callable[[], bytes]]:
        world, tile, stamp = self.world, granule.tile, f"{overpass.when:%Y%m%dT%H%M%S}"
        folder = f"tiles/{tile[:2]}/{tile[2]}/{tile[3:]}/{overpass.name(granule, baseline)}.SAFE/"
        inner = f"{folder}GRANULE/L1C_T{tile}_A012345_{stamp}/"
        image, metadata = f"{inner}IMG_DATA/T{tile}_{stamp}_", f"{folder}MTD_MSIL1C.xml"
        if overpass.old_names:
            inner = f"{folder}GRANULE/S2A_OPER_MSI_L1C_TL_EPA__{stamp}_A002345_T{tile}_N02.01/"
            image = f"{inner}IMG_DATA/S2A_OPER_MSI_L1C_TL_EPA__{stamp}_A002345_T{tile}_"
            metadata = f"{folder}S2A_OPER_MTD_SAFL1C_PDMC_{stamp}_R022.xml"
        found: dict[str, Callable[[], bytes]] = {
            f"{image}{band}.jp2": lambda b=band: files.jp2_of(world, overpass, granule, baseline, b)  # type: ignore[misc]
            for band in PIXELS
            if band != world.without_band
        }
        if baseline not in world.without_metadata:
            found[metadata] = lambda: files.metadata_of(overpass, granule, baseline)
        if world.masks and baseline >= files.OFFSET_FROM:
            found[f"{inner}QI_DATA/MSK_CLASSI_B00.jp2"] = lambda: files.mask_of(world, overpass, granule)
        elif world.masks:
            found[f"{inner}QI_DATA/MSK_CLOUDS_B00.gml"] = lambda: files.outlines_of(overpass, granule)
        return found

    def make_files(self) -> None:
        """Makes the files of red, green and the twins' classes now, so that the first who asks need not wait."""
        for name, make in self.objects().items():
            if name.endswith(("_B03.jp2", "_B04.jp2")):
                make()
        for overpass in self.world.overpasses:
            for granule in overpass.granules:
                shifted = self._shifted(overpass)
                for key in ("scl", "visual", "red", "green") if overpass.has_l2a else ():
                    files.cog_of(self.world, overpass, granule, key, shifted=shifted)

    # ---- the three protocols ----

    def list_objects(self, query: dict[str, str]) -> Reply:
        """Answers Google's JSON list."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        names = sorted(n for n in self.objects() if n.startswith(prefix))
        page: dict[str, Any] = {}
        if delimiter:
            folders = {prefix + n[len(prefix) :].split("/")[0] + "/" for n in names}
            entries: list[Any] = sorted(folders)
            key = "prefixes"
        else:
            entries = [{"name": n, "size": "1234"} for n in names]
            key = "items"
        at = int(query.get("pageToken", "0"))
        if entries[at : at + self.page_size]:
            page[key] = entries[at : at + self.page_size]
        if at + self.page_size < len(entries):
            page["nextPageToken"] = str(at + self.page_size)
        return 200, JSON, json.dumps(page).encode()

    def search(self, endpoint: str, body: dict[str, Any]) -> Reply:
        """Answers a STAC search, newest first, page by page."""
        west, south, east, north = body["bbox"]
        if not (-180 <= west <= east <= 180):
            return 400, JSON, b'{"code": "BadRequest", "description": "bbox"}'
        start, end = body["datetime"].split("/")
        area = shapely.box(west, south, east, north)
        make = self._l1c_items if endpoint == "catalogue" else self._l2a_items
        items = [
            item
            for overpass in self.world.overpasses
            for granule in overpass.granules
            if any(shapely.intersects(translate(granule.footprint, xoff=turn), area) for turn in (0, -360))
            for item in make(overpass, granule)
            if start <= item["properties"]["datetime"] <= end and item["collection"] in body["collections"]
        ]
        items.sort(key=lambda item: (item["properties"]["datetime"], item["id"]), reverse=True)
        at, size = int(body.get("next", 0)), min(int(body.get("limit", 10)), self.page_size)
        links = []
        # Earth Search sends a link to a next page even with the last one; that page is empty.
        if at + size < len(items) or (endpoint == "twins" and items[at : at + size]):
            href = f"{self.url}/{'cdse' if endpoint == 'catalogue' else 'es'}/v1/search"
            links.append({"rel": "next", "method": "POST", "href": href, "body": {**body, "next": str(at + size)}})
        page = {"type": "FeatureCollection", "features": items[at : at + size], "links": links}
        return 200, {"Content-Type": "application/geo+json"}, json.dumps(page).encode()

    def _l1c_items(self, overpass: Overpass, granule: Granule) -> list[dict[str, Any]]:
        listed = overpass.baselines if overpass.listed is None else overpass.listed
        return [
            {
                "type": "Feature",
                "id": overpass.name(granule, baseline) + ("" if not overpass.old_names else f"_T{granule.tile}"),
                "collection": "sentinel-2-l1c",
                "geometry": _outline(granule),
                "properties": {
                    "datetime": f"{overpass.when:%Y-%m-%dT%H:%M:%S}.024Z",
                    "eo:cloud_cover": granule.cloud_pct,
                    "grid:code": f"MGRS-{granule.tile}",
                },
                "assets": {},
            }
            for baseline in listed
        ]

    def _l2a_items(self, overpass: Overpass, granule: Granule) -> list[dict[str, Any]]:
        if not overpass.has_l2a:
            return []
        name = f"{overpass.satellite}_T{granule.tile}_{overpass.when:%Y%m%dT%H%M%S}_L2A"
        properties: dict[str, Any] = {
            "datetime": f"{overpass.when:%Y-%m-%dT%H:%M:%S}.500Z",
            "grid:code": f"MGRS-{granule.tile}",
            "s2:processing_baseline": "05.11" if overpass.baselines[-1] >= "0400" else "02.08",
        }
        if overpass.l2a_offset_flag is not None:
            properties["earthsearch:boa_offset_applied"] = overpass.l2a_offset_flag
        assets = {
            key: {"href": f"{self.url}/cogs/{name}/{key}.tif", "type": "image/tiff; application=geotiff"}
            for key in files.ASSETS
        }
        assets["red-jp2"] = {"href": "s3://sentinel-s2-l2a/tiles/B04.jp2", "type": "image/jp2"}
        return [
            {
                "type": "Feature",
                "id": name,
                "collection": overpass.l2a_collection,
                "geometry": _outline(granule),
                "properties": properties,
                "assets": assets,
            }
        ]

    def cog(self, path: str) -> bytes | None:
        """A COG by its path."""
        found = re.fullmatch(r"/cogs/(S2\w)_T(\w{5})_(\w+)_L2A/(\w+)\.tif", path)
        for overpass in self.world.overpasses if found else ():
            for granule in overpass.granules:
                key = (overpass.satellite, granule.tile, f"{overpass.when:%Y%m%dT%H%M%S}")
                if found and key == found.groups()[:3]:
                    return files.cog_of(self.world, overpass, granule, found[4], shifted=self._shifted(overpass))
        return None

    @staticmethod
    def _shifted(overpass: Overpass) -> bool:
        return overpass.l2a_collection == "sentinel-2-c1-l2a" or overpass.l2a_offset_flag is False


def _outline(granule: Granule) -> dict[str, Any]:
    shape = granule.footprint
    if shape.bounds[2] > 180:  # RFC 7946: cut at the antimeridian
        west = shapely.intersection(shape, shapely.box(0, -90, 180, 90))
        east = shapely.intersection(shape, shapely.box(180, -90, 540, 90))
        moved = translate(east, xoff=-360)
        shape = shapely.MultiPolygon([p for p in (west, moved) if p.area > 0])
    return dict(shapely.geometry.mapping(shape))


@dataclass
class _Route:
    endpoint: str
    answer: Callable[[], bytes | Reply | None]
    body: Any = field(default=None)


def _handler(server: OpenServer) -> type[BaseHTTPRequestHandler]:
    class OpenHandler(Handler):
        def do_GET(self) -> None:
            self.serve(None)

        def do_POST(self) -> None:
            self.serve(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

        def route(self, body: Any) -> _Route | None:
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if path == f"/gcs/storage/v1/b/{BUCKET}/o":
                return _Route("list", lambda: server.list_objects(query))
            if path.startswith(f"/gcs/{BUCKET}/"):
                made = server.objects().get(path.removeprefix(f"/gcs/{BUCKET}/"))
                return _Route("file", lambda: made() if made else None)
            if path == "/cdse/v1/search":
                return _Route("catalogue", lambda: server.search("catalogue", body), body)
            if path == "/es/v1/search":
                return _Route("twins", lambda: server.search("twins", body), body)
            if path.startswith("/cogs/"):
                return _Route("cog", lambda: server.cog(path))
            return None

        def serve(self, body: Any) -> None:
            route = self.route(body)
            if route is None:
                self.reply(404, {}, b"no such page")
                return
            fault = server.next_fault(route.endpoint, self.path)
            seen = Seen(route.endpoint, self.path, dict(self.headers), route.body, fault)
            server.arrived(seen)
            try:
                server.wait(server.delay_s)
                self.respond(route, fault, seen)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                server.answered()

        def respond(self, route: _Route, fault: str, seen: Seen) -> None:
            if fault == "stall":
                server.wait(60)
                self.close_connection = True
                return
            if fault == "reset":
                self.close_connection = True
                return
            if fault.startswith("429 "):
                self.reply(429, {"Retry-After": fault.split()[1]}, b"slow down")
                return
            if fault in STATUS:
                self.reply(STATUS[fault], {}, b"<Error>no</Error>")
                return
            if fault == "html":
                self.reply(200, {"Content-Type": "text/html"}, b"<html><body>Please log in</body></html>")
                return
            answer = route.answer()
            if answer is None:
                self.reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            status, headers, content = answer if isinstance(answer, tuple) else self.ranged(answer)
            if fault == "empty":
                content = b'{"type": "FeatureCollection", "features": [], "links": []}'
            if fault == "garbage":
                content = bytes((i * 89 + 7) % 251 for i in range(len(content)))
            if fault == "zeros":
                content = bytes(len(content))
            server.take_line(len(content))
            seen.sent = len(content)
            self.reply(status, headers, content, broken_off=fault == "half")

        def ranged(self, content: bytes) -> Reply:
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if found is None:
                return 200, {"Content-Type": "application/octet-stream"}, content
            first, last = int(found[1]), min(int(found[2]), len(content) - 1)
            if first > last:
                return 416, {"Content-Range": f"bytes */{len(content)}"}, b""
            headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "Content-Type": "image/jp2"}
            return 206, headers, content[first : last + 1]

    return OpenHandler

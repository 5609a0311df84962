"""A local HTTP server that speaks Sentinel Hub's protocol, for the real client to talk to.

Token (OAuth2 client credentials), Catalog search with paging, and Process with TIFF or a tar of TIFFs; it refuses what
the service refuses, and fails on demand in every way a service can. Source of shapes and bodies: SENTINEL_HUB.md.

    with ShServer(world_around(8.85, 45.49)) as server:
        server.fail("process", "500", times=2)
        SentinelHubSource(server.settings(cache_dir=tmp_path))
"""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import shapely

from lulc_core.settings import Settings
from tests.servers.frame import Handler, LocalServer
from tests.servers.sentinel_hub.replies import ERRORS, Evalscript, RefusedError, Reply, tiff
from tests.servers.sentinel_hub.world import World

CLIENT_ID = "c0ffee00-1111-2222-3333-444455556666"
CLIENT_SECRET = "sEcReT-never-to-be-seen-0123456789"
TOKEN_PATH = "/auth/realms/CDSE/protocol/openid-connect/token"
CATALOG_PATH = "/api/v1/catalog/1.0.0/search"
PROCESS_PATH = "/api/v1/process"
TOKEN_MARK = "tOkEn-never-to-be-seen"


@dataclass
class NetworkOutput:
    """One request that arrived."""

    endpoint: str
    payload: Any
    authorization: str
    fault: str


class ShServer(LocalServer):
    """The server; use as a context manager."""

    def __init__(self, world: World, *, page_size: int = 100, token_life_s: int = 3600, port: int = 0) -> None:
        super().__init__(("token", "catalog", "process"), _handler(self), port=port)
        self.world = world
        self.page_size = page_size
        self.token_life_s = token_life_s
        self.clients = {CLIENT_ID: CLIENT_SECRET}
        self.units = 0.0
        self._tokens: set[str] = set()

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which the app and the command line use this server."""
        return {
            "SH_CLIENT_ID": CLIENT_ID,
            "SH_CLIENT_SECRET": CLIENT_SECRET,
            "SH_BASE_URL": self.url,
            "SH_TOKEN_URL": self.url + TOKEN_PATH,
            "OAUTHLIB_INSECURE_TRANSPORT": "1",  # the client asks for a token over http only with this
        }

    def settings(self, *, cache_dir: Path, **changes: Any) -> Settings:
        """Settings that point here, with good credentials unless told otherwise."""
        return Settings(
            **{
                "sh_client_id": CLIENT_ID,
                "sh_client_secret": CLIENT_SECRET,
                "sh_base_url": self.url,
                "sh_token_url": self.url + TOKEN_PATH,
                "cache_dir": cache_dir,
                **changes,
            }
        )

    def fail(
        self, endpoint: str, kind: str, *, times: int | None = None, when: Callable[[Any], bool] | None = None
    ) -> None:
        """Makes ``token``, ``catalog`` or ``process`` fail, for some times or until :meth:`heal`."""
        self.plan(endpoint, kind, times, when or (lambda payload: True))

    def revoke_tokens(self) -> None:
        """Makes every token given so far invalid."""
        with self.lock:
            self._tokens.clear()

    def payloads(self, endpoint: str) -> list[Any]:
        """Bodies of the requests that arrived there, in order."""
        return [s.payload for s in self.seen if s.endpoint == endpoint]

    def token(self, form: dict[str, str]) -> Reply:
        """Answers a token request."""
        if form.get("grant_type") != "client_credentials":
            return 400, {}, b'{"error":"unsupported_grant_type"}'
        known = self.clients.get(form.get("client_id", ""))
        if known is None:
            return ERRORS["token-unknown-client"]
        if known != form.get("client_secret"):
            return ERRORS["token-wrong-secret"]
        claims = base64.urlsafe_b64encode(json.dumps({"azp": form["client_id"], "n": time.monotonic_ns()}).encode())
        token = f"{TOKEN_MARK}.{claims.decode()}.signature"
        with self.lock:
            self._tokens.add(token)
        body = {"access_token": token, "expires_in": self.token_life_s, "token_type": "Bearer"}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def is_authorized(self, header: str) -> bool:
        """True for a token that this server gave and has not revoked."""
        with self.lock:
            return header.removeprefix("Bearer ") in self._tokens

    def catalog(self, payload: dict[str, Any]) -> Reply:
        """Answers one page of a search, newest first."""
        level = {"sentinel-2-l1c": "L1C", "sentinel-2-l2a": "L2A"}.get("".join(payload.get("collections", [])))
        if level is None or "datetime" not in payload or not ({"bbox", "intersects", "ids"} & set(payload)):
            return 400, {}, b'{"code": 400, "description": "Illegal search"}'
        west, south, east, north = payload["bbox"]
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            return 400, {}, b'{"code": 400, "description": "Illegal bbox"}'
        start, end = (_moment(t) for t in payload["datetime"].split("/"))
        area = shapely.box(west, south, east, north)
        features = [
            {
                "type": "Feature",
                "id": name,
                "geometry": shapely.geometry.mapping(shapely.box(*granule.box)),
                "properties": {"datetime": _stamp(when), "eo:cloud_cover": granule.cloud_pct, "platform": "sentinel-2"},
            }
            for overpass in self.world.overpasses
            for name, granule, when in overpass.ids(level)
            if start <= when <= end and shapely.intersects(shapely.box(*granule.box), area)
        ]
        features.sort(key=lambda f: f["properties"]["datetime"], reverse=True)
        limit = min(int(payload.get("limit", 10)), self.page_size)
        at = int(payload.get("next", 0))
        context: dict[str, Any] = {"limit": limit, "returned": len(features[at : at + limit])}
        if at + limit < len(features):
            context["next"] = at + limit
        body = {"type": "FeatureCollection", "features": features[at : at + limit], "context": context}
        return 200, {"Content-Type": "application/geo+json"}, json.dumps(body).encode()

    def process(self, payload: dict[str, Any], accept: str) -> Reply:
        """Answers a picture request, or refuses it as the service would."""
        try:
            return self._process(payload, accept)
        except RefusedError as refusal:
            error = {"status": 400, "reason": "Bad Request", "message": str(refusal), "code": "COMMON_BAD_PAYLOAD"}
            return 400, {}, json.dumps({"error": error}).encode()

    def _process(self, payload: dict[str, Any], accept: str) -> Reply:
        bounds = payload["input"]["bounds"]
        crs = re.fullmatch(r"http://www\.opengis\.net/def/crs/EPSG/0/(32[67]\d\d)", bounds["properties"]["crs"])
        if crs is None:
            raise RefusedError(f"crs {bounds['properties']['crs']}: this server knows UTM only")
        (data,) = payload["input"]["data"]
        level = {"sentinel-2-l1c": "L1C", "sentinel-2-l2a": "L2A"}[data["type"]]
        span = data["dataFilter"]["timeRange"]
        width, height = payload["output"]["width"], payload["output"]["height"]
        if not (1 <= width <= 2500 and 1 <= height <= 2500):
            raise RefusedError("`width` or `height` is larger than allowed 2500.")
        left, bottom, right, top = bounds["bbox"]
        if (right - left) / width > 1500 or (top - bottom) / height > 1500:
            raise RefusedError("Your request exceeds the limit 1500.00 meters per pixel of the collection.")
        script = Evalscript(payload["evalscript"])
        pixels = self.world.pixels(
            int(crs[1]), bounds["bbox"], width, height, _moment(span["from"]), _moment(span["to"]), level
        )
        if not data.get("processing", {}).get("harmonizeValues", True):
            for name in pixels:
                if name.startswith("B"):
                    pixels[name] += 1000 * (pixels["dataMask"] > 0)
        files = {}
        for response in payload["output"]["responses"]:
            if response["format"]["type"] != "image/tiff":
                raise RefusedError("this server writes TIFF only")
            files[response["identifier"]] = tiff(script.render(response["identifier"], pixels, level))
        if len(files) > 1 and accept not in ("application/tar", "application/x-tar"):
            raise RefusedError("more than one response needs application/tar")
        bands = len(script.bands - {"dataMask"})
        spent = max(max(width * height / 512**2, 0.01) * bands / 3, 0.005)
        with self.lock:
            self.units += spent
        headers = {"Content-Type": accept, "x-processingunits-spent": str(spent)}
        if len(files) == 1:
            return 200, headers, next(iter(files.values()))
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(f"{name}.tif")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return 200, headers, buffer.getvalue()


def _moment(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        raise RefusedError(f"{text} is not RFC 3339")
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _handler(server: ShServer) -> type[BaseHTTPRequestHandler]:
    class HubHandler(Handler):
        in_flight = False

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            endpoint = {TOKEN_PATH: "token", CATALOG_PATH: "catalog", PROCESS_PATH: "process"}.get(self.path)
            if endpoint is None:
                self.answer(*ERRORS["404"])
                return
            form = dict(urllib.parse.parse_qsl(body.decode())) if endpoint == "token" else json.loads(body)
            fault = server.next_fault(endpoint, form)
            header = self.headers.get("Authorization", "")
            server.arrived(NetworkOutput(endpoint, form, header, fault))
            self.in_flight = True
            try:
                self.respond(endpoint, form, header, fault)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has gone away
            finally:
                self.leave()

        def leave(self) -> None:
            """Count the request as answered: once, and before its client can know and send the next one."""
            if self.in_flight:
                self.in_flight = False
                server.answered()

        def send_response(self, code: int, message: str | None = None) -> None:
            self.leave()
            super().send_response(code, message)

        def respond(self, endpoint: str, form: Any, header: str, fault: str) -> None:
            if fault == "stall":
                server.wait(60)
                self.close_connection = True
            elif fault == "reset":
                self.close_connection = True
            elif fault == "trickle":
                self.trickle()
            elif fault == "echo":
                text = f"refused {form.get('client_secret', '')} {CLIENT_SECRET} {header}"
                self.answer(400, {}, json.dumps({"error": {"status": 400, "message": text, "code": "X"}}).encode())
            elif fault == "flood":
                self.answer(200, {}, bytes(80_000_000))
            elif fault in ERRORS:
                self.answer(*ERRORS[fault])
            elif endpoint != "token" and not server.is_authorized(header):
                self.answer(*ERRORS["401"])
            else:
                server.wait(server.delay_s)
                status, headers, body = self.honest(endpoint, form)
                self.answer(status, headers, body, fault)

        def honest(self, endpoint: str, form: Any) -> Reply:
            if endpoint == "token":
                return server.token(form)
            if endpoint == "catalog":
                return server.catalog(form)
            return server.process(form, self.headers.get("Accept", ""))

        def answer(self, status: int, headers: dict[str, str], body: bytes, fault: str = "") -> None:
            if fault == "half":  # half a file, delivered whole
                body = body[: len(body) // 2]
            self.reply(status, headers, body, broken_off=fault == "drop")

        def trickle(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not server.wait(0.1):
                self.wfile.write(b"x")
                self.wfile.flush()

    return HubHandler

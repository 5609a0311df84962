"""Runs the local Sentinel Hub for trying the app by hand, on invented ground or on a real scene.

    python -m tests.servers.sentinel_hub.real_scene [--scene SCENE.tif] [--port 8765]

prints the variables to set. A scene is a 13-band L1C GeoTIFF in a UTM zone, served at its own place.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.warp import transform_bounds

from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import BANDS, Landscape, World, world_around


def scene_world(path: Path, *, first: datetime, count: int = 4) -> World:
    """Overpasses over a real scene; every date shows the same ground, with more and more clouds called."""
    with rasterio.open(path) as file:
        if file.count != 13 or not str(file.crs).startswith("EPSG:32"):
            raise SystemExit(f"{path} has {file.count} bands in {file.crs}; 13 bands in a UTM zone are needed.")
        west, south, east, north = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
    return world_around(
        (west + east) / 2,
        (south + north) / 2,
        first=first,
        count=count,
        half_deg=max(east - west, north - south) / 2,
        landscape=scene_landscape(path),
    )


def scene_landscape(path: Path) -> Landscape:
    """Pixels of a GeoTIFF at their own place, nearest neighbour; 0 beside it."""
    with rasterio.open(path) as file:
        order = [file.descriptions.index(name) + 1 for name in BANDS]
        dn, inverse, zone = file.read(order), ~file.transform, file.crs.to_epsg()
    if np.median(dn[BANDS.index("B10")]) > 900:  # the offset of baseline 04.00, which the service takes off
        dn = np.where(dn == 0, 0, np.maximum(dn.astype(np.int32) - 1000, 1)).astype(np.uint16)

    def landscape(epsg: int, x: NDArray[np.float64], y: NDArray[np.float64], when: datetime) -> NDArray[np.uint16]:
        out = np.zeros((13, len(y), len(x)), np.uint16)
        if epsg == zone:
            cols = np.floor(inverse.a * x + inverse.c).astype(int)
            rows = np.floor(inverse.e * y + inverse.f).astype(int)
            r, c = (rows >= 0) & (rows < dn.shape[1]), (cols >= 0) & (cols < dn.shape[2])
            out[:, np.flatnonzero(r)[:, None], np.flatnonzero(c)] = dn[:, rows[r][:, None], cols[c]]
        return out

    return landscape


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A local Sentinel Hub for trying the app by hand.")
    parser.add_argument("--scene", type=Path, help="13-band L1C GeoTIFF in a UTM zone")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every answer takes longer")
    chosen = parser.parse_args(arguments)
    first = datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC)
    world = scene_world(chosen.scene, first=first) if chosen.scene else world_around(8.85, 45.49, first=first)
    with ShServer(world, port=chosen.port) as server:
        server.delay_s = chosen.delay
        for name, value in server.environment.items():
            print(f"export {name}={value}")
        west, south, east, north = world.overpasses[0].granules[0].box
        print(f"# overpasses 2023-06-03 to 2023-06-18 around W,S,E,N = {west:.3f},{south:.3f},{east:.3f},{north:.3f}")
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            print(f"# answered {len(server.seen)} requests, {server.units:.2f} processing units")


if __name__ == "__main__":
    main()

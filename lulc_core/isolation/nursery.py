"""The process from which children are forked: the libraries are loaded once, each child reads one file and ends.

Runs as ``python -c "from lulc_core.isolation.nursery import run; run(FD)"`` with a clean environment, so that no
account of the server is in reach of a file. It holds no file and no thread itself.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import signal
import sys
import tempfile
import traceback
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import Any

from lulc_core.domain.errors import LulcError
from lulc_core.isolation import bounds, calls, messages

_RASTERS, _IN_MEMORY = {"GTiff", "JP2OpenJPEG"}, {"MEM", "Memory"}
_VECTORS = {"GPKG", "GeoJSON", "ESRIJSON", "TopoJSON", "ESRI Shapefile", "KML", "LIBKML"}
_DRIVERS = _RASTERS | _VECTORS | _IN_MEMORY
"""All of GDAL that a child has: others open addresses, other files, databases and programs of GDAL's own."""
_UNUSED = ("pandas", "geopandas", "pyarrow")
"""What pyogrio brings along where it is there: half of the time and the memory of a start."""
_LIBRARIES = (
    "rasterio.features",
    "rasterio.io",
    "rasterio.vrt",
    "rasterio.warp",
    "pyogrio.raw",
    "PIL.Image",
    "PIL.ImageOps",
    "scipy.ndimage",
)
_READERS = (
    "lulc_core.sources.area_files.reader",
    "lulc_core.sources.geotiff.point",
    "lulc_core.sources.picture",
    "lulc_core.export.bundle_read",
    "lulc_core.training.eurosat",
)
_SAMPLES: dict[str, bytes] = {
    "square.kml": b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>'
    b"9,45 9.01,45 9.01,45.01 9,45.01 9,45</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
}
"""Ordinary files, each of a format whose driver is slow to start."""


def run(descriptor: int) -> None:
    """Load the libraries, then fork a child for every connection that comes in, until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the program, and with it this process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave nothing behind
    _load()
    control = Connection(descriptor)
    while True:
        try:
            handle = recv_handle(control)
        except EOFError:
            return
        with Connection(handle) as child_end:
            pid = os.fork()
            if pid == 0:
                control.close()
                _serve(child_end)
            with suppress(OSError):
                child_end.send_bytes(str(pid).encode())


def _load() -> None:
    """Load libraries and readers, and make the files on which each child tries them."""
    for name in _UNUSED:
        sys.modules[name] = None  # type: ignore[assignment] # what Python takes for: not there
    warnings.simplefilter("ignore")
    for name in (*_LIBRARIES, *_READERS):
        importlib.import_module(name)
    import rasterio
    from PIL import Image

    Image.init()  # its formats
    with rasterio.Env():  # registers its drivers
        _drop_drivers()
    _SAMPLES["square.zip"] = _shapefile()


def _drop_drivers() -> None:
    """Take all but the few drivers out of each GDAL that is loaded (rasterio and pyogrio bring one each)."""
    with suppress(OSError):
        mapped = Path("/proc/self/maps").read_text()
        for path in set(re.findall(r"(/\S*libgdal\S*)", mapped)):
            gdal = ctypes.CDLL(path)
            gdal.GDALGetDriver.restype = ctypes.c_void_p
            gdal.GDALGetDriverShortName.argtypes = gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
            gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
            for number in reversed(range(gdal.GDALGetDriverCount())):
                driver = gdal.GDALGetDriver(number)
                if gdal.GDALGetDriverShortName(driver).decode() not in _DRIVERS:
                    gdal.GDALDeregisterDriver(driver)


def _serve(connection: Connection) -> None:
    """Answer one request and end."""
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)  # what the libraries say of a file fills no log
        calls.in_child = True
        if not connection.poll():  # a request that waits already is not made to wait for that
            _warm()
        rules = bounds.prepare()
        request: calls.Request = messages.receive_request(connection)
        tempfile.tempdir = str(request.folder)
        bounds.bind(rules, request.limits, request.readable, request.folder)
        messages.send(connection, ("begin", None))
        for answer in _answers(request):
            bounds.count_down(0)
            messages.send(connection, answer)
            bounds.count_down(request.limits.seconds)
    except (EOFError, OSError):  # nobody waits any more
        pass
    finally:
        os._exit(0)


def _warm() -> None:
    """Read small files once, so that PROJ's database is open and GDAL's drivers are ready when a request comes.

    Each process must do so for itself: what of it is forked along does not work.
    """
    from shapely.geometry import Point

    from lulc_core.domain.projection import to_utm

    to_utm(Point(9, 45), 32632)
    read = importlib.import_module(_READERS[0]).read_area_file
    for name, data in _SAMPLES.items():
        read(data, name)


def _shapefile() -> bytes:
    """A square in a UTM zone as a zipped Shapefile."""
    import io
    import zipfile

    import numpy as np
    import pyogrio.raw
    import shapely

    square = np.array([shapely.to_wkb(shapely.box(500_000, 5_000_000, 501_000, 5_001_000))], dtype=object)
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as archive:
        path = Path(folder) / "square.shp"
        pyogrio.raw.write(path, square, [], [], crs="EPSG:32632", geometry_type="Polygon", driver="ESRI Shapefile")
        for part in sorted(Path(folder).iterdir()):
            archive.write(part, part.name)
    return packed.getvalue()


def _answers(request: calls.Request) -> Any:
    """What is sent after ``begin``: ``("value", it)`` once or several times, and how it ended."""
    bounds.count_down(request.limits.seconds)
    try:
        function = getattr(importlib.import_module(request.module), request.name)
        result = function(*request.args, **request.kwargs)
        for value in result if request.parts else (result,):
            yield "value", value
        yield "end", None
    except LulcError as error:
        yield "error", error
    except MemoryError:
        yield "memory", None
    except Exception:  # noqa: BLE001 - told to the log of the program
        yield "broken", traceback.format_exc()[-4000:]

"""ZIP archives that hold an area: only the files that are needed are unpacked, bounded against bombs."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from lulc_core.domain.errors import FileFormatError, LayerError

MAX_MEMBERS = 1_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 200
"""How many times larger a member may be than packed; text and tables reach about 50."""
RATIO_FROM_BYTES = 1_000_000
"""Below it any ratio is harmless."""
SHAPEFILE_HINT = "Put .shp, .shx, .dbf and .prj into one ZIP file."
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj")
_SINGLE = (".kml", ".geojson", ".json", ".gpkg", ".wkt", ".geojsonl", ".topojson")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
_ARCHIVES = (".zip", ".kmz", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz")


class Archive:
    """A ZIP archive with one area in it: a Shapefile, or one file in another format."""

    def __init__(self, data: bytes, name: str) -> None:
        """Read the table of contents.

        Args:
            data: content of the archive.
            name: of the archive, for messages.

        Raises:
            FileFormatError: damaged, encrypted, a bomb, or with paths that climb out of it.
        """
        self._name = name
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError, IndexError) as error:
            raise self._damaged() from error
        if len(members) > MAX_MEMBERS:
            raise FileFormatError(f"{name} holds {len(members):,} files; at most {MAX_MEMBERS:,} are allowed.")
        for member in members:
            self._check(member)
        if sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
            raise self._bomb()
        self.passed_over: tuple[str, ...] = ()
        """Names of further documents, for a note."""
        self._members = [m for m in members if not m.is_dir() and not _is_clutter(m.filename)]

    def area(self, wanted: str = "") -> tuple[str | dict[str, bytes], bytes]:
        """Read the file that holds the area.

        Args:
            wanted: name of the file, where there are several.

        Returns:
            Name and content of a single file; or, for a Shapefile, its parts by ending (.shp first) and empty bytes.

        Raises:
            LayerError: there are several and none is named, or another than these.
            FileFormatError: there is none, a part is missing, it unpacks to more than it declares.
        """
        outlines = [m for m in self._members if _ending(m) == ".shp"]
        # Beside a Shapefile a .json is a description of it.
        singles = [m for m in self._members if _ending(m) in _SINGLE and not (outlines and _ending(m) == ".json")]
        kml = [m for m in singles if _ending(m) == ".kml"]
        if self._name.lower().endswith(".kmz") and kml:
            # By convention the first KML of a KMZ is the document, others are parts that it links to.
            root = [m for m in kml if "/" not in m.filename]
            singles = (root or kml)[:1]
            self.passed_over = tuple(PurePosixPath(m.filename).name for m in kml if m not in singles)
        held = self._choose([*outlines, *singles], wanted)
        if held is not None and _ending(held) == ".shp":
            return self._shapefile(held), b""
        if held is not None:
            return PurePosixPath(held.filename).name, self._read(held)
        if any(_ending(m) in _ARCHIVES for m in self._members):
            raise FileFormatError(
                f"{self._name} holds another archive.", hint="Unpack it, and upload what is inside once zipped."
            )
        if any(".gdb/" in m.filename.lower() for m in self._members):
            raise FileFormatError(
                f"{self._name} holds an Esri file geodatabase (.gdb), which is not read here.",
                hint="Export the layer as GeoPackage or Shapefile (in QGIS or ArcGIS).",
            )
        if any(_ending(m) in _SHAPEFILE for m in self._members):
            message = f"{self._name} holds a Shapefile without its .shp, the part with the outlines."
            raise FileFormatError(message, hint=SHAPEFILE_HINT)
        raise FileFormatError(f"{self._name} holds no Shapefile, KML, GeoJSON or GeoPackage.", hint=SHAPEFILE_HINT)

    def _shapefile(self, outline: zipfile.ZipInfo) -> dict[str, bytes]:
        stem = PurePosixPath(outline.filename).with_suffix("").as_posix().lower()
        parts = {".shp": self._read(outline)}
        for member in self._members:
            ending = _ending(member)
            beside = PurePosixPath(member.filename).with_suffix("").as_posix().lower()
            if ending in _SHAPEFILE and ending not in parts and beside == stem:
                parts[ending] = self._read(member)
        if ".shx" not in parts:
            message = f"The Shapefile in {self._name} lacks its .shx, without which it cannot be read."
            raise FileFormatError(message, hint=SHAPEFILE_HINT)
        return parts

    def _read(self, member: zipfile.ZipInfo) -> bytes:
        try:
            with self._zip.open(member) as file:
                data = file.read(MAX_UNPACKED_BYTES + 1)  # what the table of contents says may be a lie
        except (*_BROKEN, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise self._damaged() from error
        except RuntimeError as error:  # zipfile's word for a password
            raise FileFormatError(f"{self._name} is protected by a password.", hint="Zip it without one.") from error
        if len(data) > MAX_UNPACKED_BYTES:
            raise self._bomb()
        return data

    def _check(self, member: zipfile.ZipInfo) -> None:
        path = member.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0] or "\x00" in path:
            raise FileFormatError(
                f"{self._name} is not safe: a path in it climbs out of the archive ({path[:60]!r}).",
                hint="Zip the files again, without folders.",
            )
        if member.flag_bits & 0x1:
            raise FileFormatError(f"{self._name} is protected by a password.", hint="Zip it without one.")
        if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise self._bomb()

    def _damaged(self) -> FileFormatError:
        return FileFormatError(f"{self._name} is damaged or incomplete.", hint="Zip or download it again.")

    def _bomb(self) -> FileFormatError:
        return FileFormatError(
            f"{self._name} unpacks to far more than an area needs (at most {MAX_UNPACKED_BYTES / 1e6:.0f} MB).",
            hint="Zip only the files of the one area.",
        )

    def _choose(self, held: list[zipfile.ZipInfo], wanted: str) -> zipfile.ZipInfo | None:
        paths = [m.filename for m in held]
        short = [PurePosixPath(path).name for path in paths]
        names = tuple(short if len(set(short)) == len(short) else paths)
        if wanted and wanted not in names and held:
            raise LayerError(f"{self._name} holds no {wanted!r}; it holds {', '.join(names[:4])}.", layers=names)
        if len(held) > 1 and not wanted:
            what = "Shapefiles" if all(_ending(m) == ".shp" for m in held) else "files with areas"
            told = f"{', '.join(names[:4])}{', ...' if len(names) > 4 else ''}"
            raise LayerError(f"{self._name} holds {len(held)} {what} ({told}).", layers=names)
        return next((m for m, name in zip(held, names, strict=True) if name == wanted), held[0] if held else None)


def _ending(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _is_clutter(path: str) -> bool:
    # macOS and Windows leave files of their own in archives.
    name = PurePosixPath(path).name
    return path.startswith("__MACOSX/") or name.startswith("._") or name in (".DS_Store", "Thumbs.db", "desktop.ini")

"""Sentinel-2 files of the user's own for one date: kept for the session, opened when their questions are answered."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lulc_core.domain.errors import LulcError
from lulc_core.ui import resources
from lulc_core.ui.server.sessions import make_room, session_folder

if TYPE_CHECKING:
    from lulc_core.sources.geotiff.decisions import Question
    from lulc_core.sources.geotiff.source import GeoTiffSource


T = TypeVar("T")


@dataclass(eq=False)
class OwnFiles:
    """Files of one date, the answers to their open questions, and the source that they make."""

    key: str
    """Begin of the names of the widgets."""
    files: tuple[Path, ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    """What the files do not say, by question."""
    source: GeoTiffSource | None = None
    _opened: tuple[Any, ...] | None = None
    _given: tuple[str, ...] = ()
    """Ids of the uploads behind :attr:`files`."""
    _looked: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """What was found in the files, or what is wrong with them, by files and answers."""

    def keep(self, uploads: list[Any]) -> bool:
        """Take uploaded files in place of those before; they lie in a folder that goes with the session.

        Returns:
            False if they are the same uploads: a busy browser reports them once more after their step was closed.
        """
        given = tuple(upload.file_id for upload in uploads)
        if given and given == self._given:
            return False
        self.forget()
        self._given = given
        if not uploads:
            return True
        folder = Path(tempfile.mkdtemp(dir=session_folder()))
        kept = []
        for i, upload in enumerate(uploads):
            name = Path(upload.name.replace("\\", "/")).name
            path = folder / str(i) / (name if name.strip(".") else "image.tif")
            path.parent.mkdir()
            path.write_bytes(upload.getbuffer())
            kept.append(path)
        make_room(folder, resources.settings().uploads_mb * 1e6)  # earlier files serve earlier maps while there is room
        self.files = tuple(kept)
        return True

    def forget(self) -> None:
        """Forget files and answers."""
        self.files, self.source, self._opened, self._given = (), None, None, ()
        self.answers = {}
        self._looked.clear()

    def copy(self) -> OwnFiles:
        """Return the names of the files and the answers, which :meth:`take_over` needs."""
        return OwnFiles(self.key, self.files, dict(self.answers))

    def take_over(self, other: OwnFiles) -> bool:
        """Take the files and answers that the same user gave in an earlier session.

        Returns:
            False where the files are gone: that session has ended.
        """
        folder = Path(tempfile.mkdtemp(dir=session_folder()))
        kept = []
        try:
            for i, file in enumerate(other.files):
                path = folder / str(i) / file.name
                path.parent.mkdir()
                _link(file, path)
                kept.append(path)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            return False
        self.forget()
        self.files, self.answers = tuple(kept), dict(other.answers)
        return True

    def open(self) -> bool:
        """Make the source from files and answers; True if it is a new one.

        Raises:
            UnansweredError: a question must be answered first.
            LulcError: the files cannot be used; then there is no source any more.
        """
        from lulc_core.sources.geotiff.source import GeoTiffSource

        opened = (self.files, tuple(sorted((k, str(v)) for k, v in self.answers.items())))
        if self.source is not None and self._opened == opened:
            return False
        self.source = None

        def look() -> GeoTiffSource:
            source = GeoTiffSource(self.files, **self.answers)
            source.footprint()  # a file without a measurement is said here, where the user has just given it
            return source

        self.source, self._opened = self._once(opened, look), opened
        return True

    def questions(self) -> tuple[Question, ...]:
        """Return what the files leave open, whatever has been answered but their bands.

        Raises:
            LulcError: the files cannot be used.
        """
        from lulc_core.sources.geotiff.source import UnansweredError, inspect

        bands = self.answers.get("bands")

        def look(**answers: Any) -> tuple[Question, ...]:
            try:
                return inspect(self.files, bands=bands, **answers).questions
            except UnansweredError as error:  # without the answer nothing else can be told
                key = error.question.key
                if answers or key not in self.answers:
                    raise
                return (error.question, *look(**{key: self.answers[key]}))

        return self._once((self.files, str(bands), str(self.answers.get("scale"))), look)

    def _once(self, key: tuple[Any, ...], look: Callable[[], T]) -> T:
        """Look into the files once, not in every run of the page: one that takes all its time does so only once."""
        if key not in self._looked:
            try:
                self._looked[key] = look()
            except LulcError as error:
                self._looked[key] = error
        found = self._looked[key]
        if isinstance(found, LulcError):
            raise found.with_traceback(None)
        return cast(T, found)

    @property
    def undated(self) -> bool:
        """True while the day of the files is a question that nobody has answered."""
        return self.source is not None and self.source.info.moment is None

    @property
    def title(self) -> str:
        """The names of the files, the first three of them."""
        return ", ".join(path.name for path in self.files[:3]) + (" …" if len(self.files) > 3 else "")


def _link(file: Path, path: Path) -> None:
    """Give a file a second name, which stays when the first goes; a copy where the file system has no such names."""
    try:
        os.link(file, path)
    except OSError:
        shutil.copyfile(file, path)

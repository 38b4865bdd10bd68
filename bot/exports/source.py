"""The files of an export: one file, a folder, or zips as the platforms nest them.

Nothing is ever unpacked to disk under a name that an archive gives.
"""

import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from bot.exports.errors import BrokenFile, TooLarge, UnsafeArchive

MOST_MEMBERS = 300_000
MOST_BYTES = 32 * 2**30
DEEPEST = 3
# Text shrinks to a tenth. What shrinks to less than a two-hundredth was made to swell up.
STEEPEST = 200
_HARMLESS = 16 * 2**20
_IN_MEMORY = 64 * 2**20
_SUFFIXES = frozenset({".csv", ".txt", ".json", ".js", ".zip"})
_BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, LookupError),
    *(AttributeError, OverflowError, struct.error),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an export. *container* is the zip or folder it lies in, *name* its path there."""

    container: str
    name: str
    size: int
    zipped: bool = False
    opener: Callable[[], IO[bytes]]

    @property
    def base(self) -> str:
        """The name without its folders."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folder within the container."""
        return self.name.rpartition("/")[0]

    @property
    def suffix(self) -> str:
        """The ending, in small letters."""
        return PurePosixPath(self.base).suffix.lower()

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Read it. Raises BrokenFile, also while it is being read."""
        try:
            stream = self.opener()
        except _BROKEN_ZIP as exc:
            raise self._broken(exc) from exc
        except RuntimeError as exc:
            raise _locked(self.name) from exc
        with stream:
            try:
                yield stream
            except (zipfile.BadZipFile, zlib.error, EOFError) as exc:
                raise self._broken(exc) from exc
            except OSError as exc:
                # In a zip it is the zip's own numbers that lead nowhere.
                if not self.zipped:
                    raise
                raise self._broken(exc) from exc

    def _broken(self, exc: Exception) -> BrokenFile:
        return BrokenFile(
            f"{self.name} is damaged in its archive ({exc}); download the export again"
        )


class Source:
    """Finds the members of *path*; keeps its archives open until it is closed."""

    def __init__(self, path: Path) -> None:
        self._open: list[IO[bytes] | zipfile.ZipFile] = []
        self._bytes = 0
        self.members: list[Member] = []
        self._path = path

    def __enter__(self) -> "Source":
        try:
            if self._path.is_dir():
                self._walk(self._path)
            else:
                self._add(self._path, self._path.name, container=str(self._path.parent))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all archives."""
        while self._open:
            self._open.pop().close()

    def _walk(self, folder: Path) -> None:
        for root, folders, files in os.walk(folder):
            folders.sort()
            for file in sorted(files):
                path = Path(root, file)
                # A link may lead anywhere, and a pipe never ends.
                if path.suffix.lower() in _SUFFIXES and stat.S_ISREG(path.lstat().st_mode):
                    self._add(path, path.relative_to(folder).as_posix(), container=str(folder))

    def _add(self, path: Path, name: str, *, container: str) -> None:
        if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
            self._unzip(path.open("rb"), str(path), depth=1)
            return
        size = path.stat().st_size
        self._count(name, size)
        self.members.append(
            Member(container=container, name=name, size=size, opener=lambda: path.open("rb"))
        )

    def _unzip(self, stream: IO[bytes], label: str, *, depth: int) -> None:
        self._open.append(stream)
        if depth > DEEPEST:
            raise UnsafeArchive(
                f"{label}: zips within zips within zips; unpack it and give the folder"
            )
        try:
            archive = zipfile.ZipFile(stream)
            listed = archive.infolist()
        except (OSError, *_BROKEN_ZIP) as exc:
            raise BrokenFile(f"{label} is no zip that can be read; download it again") from exc
        self._open.append(archive)
        if len(listed) > MOST_MEMBERS:
            raise TooLarge(f"{label} holds {len(listed):,} files; export a shorter period")
        for info in listed:
            _check(info, label)
            if not info.is_dir() and PurePosixPath(info.filename).suffix.lower() in _SUFFIXES:
                self._take(archive, info, label, depth)

    def _take(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, depth: int
    ) -> None:
        name = info.filename
        self._count(name, info.file_size)
        member = Member(
            container=label,
            name=name,
            size=info.file_size,
            zipped=True,
            opener=lambda: _opened(archive, info),
        )
        if member.suffix != ".zip":
            self.members.append(member)
            return
        # Python never reads more of a member than its size says, which has been counted.
        copy = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the source
        with member.open() as stream:
            while block := stream.read(2**20):
                copy.write(block)
        self._unzip(copy, f"{label}/{name}", depth=depth + 1)

    def _count(self, name: str, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise TooLarge(f"{name}: more than {MOST_BYTES >> 30} GB; export a shorter period")
        if len(self.members) >= MOST_MEMBERS:
            raise TooLarge(f"more than {MOST_MEMBERS:,} files; export a shorter period")


def _check(info: zipfile.ZipInfo, label: str) -> None:
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise UnsafeArchive(
            f"{label}: the path {info.filename!r} leads out of the archive; no platform makes "
            "such a file, so do not open it elsewhere either"
        )
    if info.flag_bits & 1:
        raise _locked(label)
    if info.file_size > _HARMLESS and info.file_size > STEEPEST * max(info.compress_size, 1):
        raise UnsafeArchive(
            f"{label}: {info.filename!r} swells to {info.file_size >> 20} MB from "
            f"{info.compress_size >> 10} kB; if you trust it, unpack it and give the folder"
        )


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except OSError as exc:
        raise zipfile.BadZipFile(str(exc)) from exc


def _locked(label: str) -> BrokenFile:
    return BrokenFile(f"{label} is locked with a password; unpack it and give the folder")

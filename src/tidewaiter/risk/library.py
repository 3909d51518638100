"""The files of what was learnt, each under the digest that is its version, in the node's home.

A file is written aside and moved into place; one that is read is checked against its name.
"""

import os
import tempfile
from functools import lru_cache
from pathlib import Path

import msgspec

from tidewaiter.risk import model, norms


def keep(folder: Path, file: bytes) -> str:
    """Keep a file; its version. The same again changes nothing."""
    version = model.version(file)
    path = _path(folder, version)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as out:
            out.write(file)
            out.flush()
            os.fsync(out.fileno())
        Path(aside).replace(path)
    return version


@lru_cache(maxsize=2)
def read_model(folder: Path, version: str) -> model.Model:
    """The model of that version. Raises NotThisModel where it is missing or was changed."""
    return model.read(_bytes(folder, version), version)


@lru_cache(maxsize=2)
def read_norms(folder: Path, version: str) -> norms.Norms:
    """The norms of that version. Raises NotThisModel where they are missing or were changed."""
    file = _bytes(folder, version)
    if model.version(file) != version:
        raise model.NotThisModel(f"the file is not {version}")
    return model.norms_of(msgspec.json.decode(file))


def norms_file(usual: norms.Norms) -> bytes:
    """Norms as a file."""
    return msgspec.json.encode(model.norms_document(usual))


def _bytes(folder: Path, version: str) -> bytes:
    try:
        return _path(folder, version).read_bytes()
    except OSError as error:
        raise model.NotThisModel(str(error.strerror)) from None


def _path(folder: Path, version: str) -> Path:
    return folder / f"{version.removeprefix('sha256:')}.json"

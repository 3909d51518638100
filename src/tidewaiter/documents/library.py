"""The mappings that ship, and those of a file: found, read, and reported where they are wrong."""

from functools import cache
from importlib import resources
from pathlib import Path

from tidewaiter.documents import errors, mapping, yamltext
from tidewaiter.documents.mapping import Mapping


@cache
def shipped() -> tuple[str, ...]:
    """The names of the mappings that ship."""
    folder = resources.files("tidewaiter.documents") / "mappings"
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".yaml")))


def load(name: str) -> Mapping:
    """The mapping of a name that ships or of a file. Raises MappingUnknown, MappingBroken."""
    if name in shipped():
        folder = resources.files("tidewaiter.documents") / "mappings"
        return read((folder / f"{name}.yaml").read_bytes(), name=name)
    file = Path(name)
    if not file.is_file():
        raise errors.MappingUnknown(name=name[:200], shipped=", ".join(shipped()))
    with file.open("rb") as opened:
        return read(opened.read(yamltext.SIZE + 1), name=name)


def read(data: bytes, *, name: str) -> Mapping:
    """The mapping in `data`. Raises MappingBroken with every fault and its line."""
    try:
        return mapping.read(data, name=name)
    except mapping.BadMapping as error:
        lines = [{"line": one.line, "message": one.message} for one in error.faults]
        raise errors.MappingBroken(name=name[:200], faults=str(error), errors=lines) from None

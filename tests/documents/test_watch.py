"""The watched folder: an answer beside each file, whole, and nothing taken twice."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.documents.papers import declaration
from tidewaiter.documents import errors, jsonform, models, watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(tmp_path: Path, settings) -> tuple[Path, Path]:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"
    found = tmp_path / "in", tmp_path / "out"
    for folder in found:
        folder.mkdir()
    return found


def look(folders: tuple[Path, Path], at: datetime) -> int:
    seconds = lambda: 4e9  # noqa: E731 (long after every file was written)
    return watch.run(
        *folders, mapping=None, schema=None, once=True, now=lambda: at, seconds=seconds
    )


def answer(folders: tuple[Path, Path], name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((folders[1] / f"{name}.answer.json").read_text())
    return found


def test_the_answer_stands_beside_the_file(folders: tuple[Path, Path], at: datetime) -> None:
    (folders[0] / "a.json").write_bytes(jsonform.write(declaration()))
    (folders[0] / "b.xml").write_bytes(b"<a/>")
    assert look(folders, at) == 2
    said = answer(folders, "a.json")
    assert (said["accepted"], said["refused"]) == (1, 0)
    (one,) = said["declarations"]  # type: ignore[misc]
    assert one["state"] == "accepted"
    assert one["reference"] == models.Declaration.objects.get().reference
    assert answer(folders, "b.xml")["errors"][0]["rule"] == "not-a-declaration"  # type: ignore[index]


def test_nothing_is_taken_twice(folders: tuple[Path, Path], at: datetime) -> None:
    (folders[0] / "a.json").write_bytes(jsonform.write(declaration()))
    assert look(folders, at) == 1
    assert look(folders, at) == 0
    (folders[1] / "a.json.answer.json").unlink()  # as if it died before it answered
    assert look(folders, at) == 1
    assert answer(folders, "a.json")["duplicates"] == 1
    assert models.Declaration.objects.count() == 1


def test_new_content_under_the_old_name_is_taken(folders: tuple[Path, Path], at: datetime) -> None:
    file = folders[0] / "a.json"
    file.write_bytes(jsonform.write(declaration()))
    look(folders, at)
    file.write_bytes(jsonform.write(declaration("L-22")))
    assert look(folders, at) == 1
    assert models.Declaration.objects.count() == 2


def test_a_file_that_is_still_written_is_left_alone(
    folders: tuple[Path, Path], at: datetime
) -> None:
    file = folders[0] / "a.json"
    file.write_bytes(b"{")
    moment = file.stat().st_mtime
    run = watch.Watch(*folders, watch.importing.prepared("auto", None, None))
    assert run.look(at=at, now=moment + 0.1) == 0
    assert run.look(at=at, now=moment + 1) == 1


def test_one_folder_for_both_takes_no_answer_for_a_paper(
    folders: tuple[Path, Path], at: datetime
) -> None:
    both = folders[0], folders[0]
    (folders[0] / "a.json").write_bytes(jsonform.write(declaration()))
    os.mkfifo(folders[0] / "pipe")
    assert look(both, at) == 2
    assert look(both, at) == 0


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, at: datetime) -> None:
    with pytest.raises(errors.FolderUnusable, match="nowhere"):
        look((tmp_path / "nowhere", tmp_path), at)

"""Keeping bytes: whole or not at all, by their own type, without what a photograph tells."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tidewaiter.vault import actions, errors, queries, shelf


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"
    return settings.VAULT_DIR


def photograph(kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (40, 20), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "taken at the quay by an officer"
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def test_bytes_lie_under_their_digest(root: Path) -> None:
    sha256 = actions.keep(b"<a/>", "application/xml")
    assert sha256 == hashlib.sha256(b"<a/>").hexdigest()
    assert queries.read(sha256) == b"<a/>"
    assert queries.about(sha256).size == 4
    assert shelf.place(root, sha256).stat().st_mode & 0o077 == 0


def test_the_same_bytes_twice_are_one_object(root: Path) -> None:
    assert actions.keep(b"a", "text/csv") == actions.keep(io.BytesIO(b"a"), "text/csv")
    assert sum(path.is_file() for path in root.rglob("*")) == 1


def test_too_many_bytes_leave_nothing_behind(root: Path) -> None:
    with pytest.raises(errors.ContentTooLarge):
        actions.keep(b"x" * 11, "text/csv", limit=10)
    assert not [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "announced"),
    [
        (b"%PDF-1.7 ...", "image/png"),
        (b"PK\x03\x04" + bytes(40), "text/csv"),
        (b"<a/>", "application/x-unknown"),
        (b"\x7fELF" + bytes(60), "application/pdf"),
    ],
)
def test_what_is_not_what_it_says_is_refused(data: bytes, announced: str) -> None:
    with pytest.raises(errors.ContentRefused):
        actions.keep(data, announced)


def test_a_photograph_loses_its_metadata_and_keeps_its_way_up() -> None:
    sha256 = actions.keep(photograph(), "image/jpeg", strip=True)
    kept = Image.open(io.BytesIO(queries.read(sha256)))
    assert kept.size == (20, 40)
    assert not kept.getexif()
    assert b"quay" not in queries.read(sha256)


def test_what_is_no_image_is_refused_when_it_is_stripped() -> None:
    with pytest.raises(errors.ContentRefused):
        actions.keep(b"\xff\xd8\xff\xe0" + bytes(100), "image/jpeg", strip=True)


def test_what_was_deleted_is_missing() -> None:
    sha256 = actions.keep(b"gone", "text/plain")
    assert actions.delete(sha256)
    assert not actions.delete(sha256)
    with pytest.raises(errors.ContentMissing):
        queries.read(sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_name_that_is_no_digest_leads_nowhere(name: str) -> None:
    assert not queries.held(name)
    with pytest.raises(errors.ContentMissing):
        queries.open(name)


def test_damage_is_seen(root: Path) -> None:
    sha256 = actions.keep(b"whole", "text/plain")
    shelf.place(root, sha256).write_bytes(b"hurt!")
    with pytest.raises(errors.ContentDamaged):
        queries.read(sha256)


def test_what_a_crash_left_aside_is_swept(root: Path) -> None:
    actions.keep(b"a", "text/plain")
    (root / "incoming" / "half").write_bytes(b"half")
    assert shelf.sweep(root, before=2**40) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_kind_of_image_loses_what_it_tells_of_itself(kind: str) -> None:
    sha256 = actions.keep(photograph(kind), f"image/{kind.lower()}", strip=True)
    assert b"quay" in photograph(kind)
    assert b"quay" not in queries.read(sha256)
    assert Image.open(io.BytesIO(queries.read(sha256))).size == (20, 40)


def pages(kind: str) -> bytes:
    made = [Image.new("L", (30, 20), shade) for shade in (0, 90, 200)]
    out = io.BytesIO()
    made[0].save(out, kind, save_all=True, append_images=made[1:])
    return out.getvalue()


def test_a_scan_keeps_its_pages() -> None:
    sha256 = actions.keep(pages("TIFF"), "image/tiff", strip=True)
    assert Image.open(io.BytesIO(queries.read(sha256))).n_frames == 3  # type: ignore[attr-defined]


def test_a_moving_picture_is_refused_rather_than_stilled() -> None:
    with pytest.raises(errors.ContentRefused):
        actions.keep(pages("WEBP"), "image/webp", strip=True)


def test_bytes_of_another_digest_are_refused_and_leave_what_is_kept(root: Path) -> None:
    kept = actions.keep(b"ours", "text/plain")
    with pytest.raises(errors.OtherContent):
        actions.keep(b"ours", "text/plain", sha256="0" * 64)
    assert queries.read(kept) == b"ours"
    assert sum(path.is_file() for path in root.rglob("*")) == 1


def test_a_strangers_kind_is_kept_where_nothing_speaks_against_it() -> None:
    assert actions.keep(b"\x00\x01 what", "application/x-theirs", others=True)
    with pytest.raises(errors.ContentRefused):
        actions.keep(photograph(), "application/x-theirs", others=True)

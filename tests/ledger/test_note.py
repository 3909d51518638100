"""Notes and checkpoints keep C2SP signed-note and tlog-checkpoint."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidewaiter.ledger import note

# The example of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
VERSE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNED = (
    VERSE + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2p"
    "ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


TEXT = note.Checkpoint("xa.example/tlog", 3, b"r" * 32).text


def keyed(name: str = "xa.example/tlog", seed: bytes = b"1") -> tuple[note.Verifier, str]:
    """Someone, and their signature line under TEXT."""
    key = Ed25519PrivateKey.from_private_bytes(seed * 32)
    one = note.Verifier(name, key.public_key().public_bytes_raw())
    return one, note.signature_line(one, key.sign(TEXT.encode()))


LOG, LINE = keyed()


class TestANote:
    def test_of_another_implementation_is_opened(self) -> None:
        text, by = note.opened(SIGNED.encode(), [note.verifier(PETER)])
        assert text == VERSE
        assert [one.name for one in by] == ["PeterNeumann"]

    def test_passes_over_signatures_of_others(self) -> None:
        other, line = keyed("witness.example", b"2")
        whole = note.signed(TEXT, [line, LINE]).encode()
        assert note.opened(whole, [LOG]) == (TEXT, (LOG,))
        assert note.opened(whole, [LOG, other])[1] == (other, LOG)

    def test_is_refused_when_one_known_signature_is_false(self) -> None:
        other, line = keyed("witness.example", b"2")
        whole = note.signed(TEXT.replace("3", "4"), [LINE, line])
        with pytest.raises(note.BadNote, match="does not hold"):
            note.opened(whole.encode(), [LOG, other])

    def test_is_refused_when_nobody_known_signed_it(self) -> None:
        with pytest.raises(note.BadNote, match="no known key"):
            note.opened(note.signed(TEXT, [keyed("witness.example", b"2")[1]]).encode(), [LOG])

    @pytest.mark.parametrize(
        "whole",
        [
            b"", b"\n\n", TEXT.encode(), (TEXT + "\n").encode(), (TEXT + LINE).encode(),
            note.signed(TEXT, [LINE]).encode()[:-1], note.signed(TEXT, [LINE]).encode() + b"\n",
            note.signed(TEXT, [LINE.replace("\u2014", "-")]).encode(),
            note.signed(TEXT, [LINE.replace("tlog ", "tlog  ")]).encode(),
            note.signed(TEXT, [LINE[:-5] + "\n"]).encode(),
            note.signed(TEXT + "\t\n", [LINE]).encode(), b"\xff" + SIGNED.encode(),
            note.signed(TEXT, [LINE.replace("\n", "\r\n")]).encode(),
            note.signed(TEXT, [LINE] * 101).encode(), b"a" * (1 << 21),
        ],
    )  # fmt: skip
    def test_is_refused_in_any_other_form(self, whole: bytes) -> None:
        with pytest.raises(note.BadNote):
            note.opened(whole, [LOG])

    def test_does_not_hold_after_any_bit_of_it_changed(self) -> None:
        whole = note.signed(TEXT, [LINE]).encode()
        for at in range(len(whole)):
            bent = bytearray(whole)
            bent[at] ^= 1
            with pytest.raises(note.BadNote):
                note.opened(bytes(bent), [LOG])


class TestAVerifierKey:
    def test_is_read_with_its_name(self) -> None:
        one = note.verifier(PETER)
        assert (one.name, one.id.hex()) == ("PeterNeumann", "c74f20a3")

    @pytest.mark.parametrize(
        "vkey",
        [
            "", "PeterNeumann", PETER[:-1], PETER.replace("c74f", "C74F"),
            PETER.replace("c74f", "c74e"), PETER.replace("Peter", "Petra"),
            PETER.replace("+ARpc", "+AhpC"), " " + PETER,
        ],
    )  # fmt: skip
    def test_is_refused_in_any_other_form(self, vkey: str) -> None:
        with pytest.raises(note.BadNote):
            note.verifier(vkey)


class TestACheckpoint:
    def test_is_written_as_the_standard_shows(self) -> None:
        root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        assert note.Checkpoint("example.com/behind-the-sofa", 20852163, root).text == (
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        )

    def test_is_read_back_with_its_extensions(self) -> None:
        one = note.Checkpoint("xa.example/tlog", 0, b"r" * 32, ("more",))
        assert note.checkpoint(one.text) == one

    def test_signed_by_the_log_is_read(self) -> None:
        whole = note.signed(TEXT, [LINE]).encode()
        assert note.read(whole, LOG) == note.Checkpoint("xa.example/tlog", 3, b"r" * 32)

    def test_of_another_log_is_refused_whoever_signed_it(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
        text = note.Checkpoint("xb.example/tlog", 3, b"r" * 32).text
        whole = note.signed(text, [note.signature_line(LOG, key.sign(text.encode()))])
        with pytest.raises(note.BadNote, match="another log"):
            note.read(whole.encode(), LOG)

    @pytest.mark.parametrize("size", ["03", "+3", "-3", " 3", "3 ", "", "٣", str(2**63)])
    def test_with_a_size_in_another_form_is_refused(self, size: str) -> None:
        with pytest.raises(note.BadNote):
            note.checkpoint(TEXT.replace("\n3\n", f"\n{size}\n"))

    @pytest.mark.parametrize("root", ["", "cg==", "cnJy", "r" * 43])
    def test_with_a_root_of_another_length_is_refused(self, root: str) -> None:
        with pytest.raises(note.BadNote):
            note.checkpoint(f"xa.example/tlog\n3\n{root}\n")

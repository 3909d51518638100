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

# The signers of its tests: https://cs.opensource.google/go/x/mod/+/master:sumdb/note/note_test.go
PETERS_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCHS = (
    "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWL"
    "ox33WWd1RvMc+QQ=\n"
)
# The examples of the pages c2sp.org/signed-note and c2sp.org/tlog-checkpoint.
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrM"
    "ouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Z"
    "hcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
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

    def test_signed_by_us_is_byte_for_byte_what_another_implementation_writes(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(PETERS_SEED)
        peter = note.Verifier("PeterNeumann", key.public_key().public_bytes_raw())
        assert peter == note.verifier(PETER)
        line = note.signature_line(peter, key.sign(VERSE.encode()))
        assert note.signed(VERSE, [line]) == SIGNED

    def test_of_two_signers_is_held_by_whom_we_know(self) -> None:
        peter, enoch = note.verifier(PETER), note.verifier(ENOCH)
        both = (SIGNED + ENOCHS).encode()
        assert note.opened(both, [peter])[1] == (peter,)
        assert note.opened(both, [enoch])[1] == (enoch,)
        assert note.opened(both, [enoch, peter])[1] == (peter, enoch)
        twice = (SIGNED + SIGNED.splitlines(keepends=True)[-1] + ENOCHS).encode()
        assert note.opened(twice, [peter])[1] == (peter,)

    @pytest.mark.parametrize("whole", [QUASIMODO, SOFA, SIGNED], ids=["verse", "head", "problem"])
    def test_of_the_standard_is_parted_at_its_last_blank_line(self, whole: str) -> None:
        text, lines = note.parts(whole.encode())
        assert text == whole[: whole.rindex("\n\n") + 1]
        assert note.signed(text, [f"{line}\n" for line in lines]) == whole
        name, raw = note.signature(lines[0])
        assert (lines[0].split()[1], len(raw)) == (name, 4 + 64)

    def test_may_bear_as_many_signatures_as_the_standard_has_to_be_taken(self) -> None:
        others = [keyed(f"witness{n}.example", b"%c" % (65 + n))[1] for n in range(16)]
        assert note.opened(note.signed(TEXT, [*others, LINE]).encode(), [LOG])[1] == (LOG,)

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
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ],
    )  # fmt: skip
    def test_is_refused_in_any_other_form(self, vkey: str) -> None:
        with pytest.raises(note.BadNote):
            note.verifier(vkey)

    def test_is_refused_in_part(self) -> None:
        for start in range(len(PETER)):
            for end in range(start + 1, len(PETER) + 1):
                if (start, end) != (0, len(PETER)):
                    with pytest.raises(note.BadNote):
                        note.verifier(PETER[start:end])


class TestACheckpoint:
    def test_of_the_standard_is_read_and_written_the_same(self) -> None:
        text, _ = note.parts(SOFA.encode())
        head = note.checkpoint(text)
        assert (head.origin, head.size, head.extensions) == (
            "example.com/behind-the-sofa", 20852163, (),
        )  # fmt: skip
        assert head.text == text

    @pytest.mark.parametrize("whole", [QUASIMODO, SIGNED])
    def test_is_not_every_note(self, whole: str) -> None:
        with pytest.raises(note.BadNote):
            note.checkpoint(note.parts(whole.encode())[0])

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

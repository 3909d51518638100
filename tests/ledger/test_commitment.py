"""What the log says of a document: the contract's page, "The log"."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter import canonical, jose
from tidewaiter.ledger import commitment


@given(st.binary(min_size=32, max_size=32))
def test_an_entry_is_the_jcs_of_its_version_and_its_commitment(committed: bytes) -> None:
    written = commitment.entry(committed)
    assert written == canonical.write({"v": 1, "commitment": jose.encode(committed)})
    assert commitment.read(written) == jose.encode(committed)


@given(st.binary(), st.binary(min_size=32, max_size=32))
def test_a_commitment_is_an_hmac_of_node_and_document_under_the_salt(
    document: bytes, salt: bytes
) -> None:
    expected = hmac.new(salt, b"XA\n" + document, hashlib.sha256).digest()
    assert commitment.commit("XA", document, salt) == expected


def test_a_salt_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment.commit("XA", b"", b"short")

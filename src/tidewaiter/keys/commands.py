"""`tidewaiter keys`: what keys this node has, and signing a document by the recovery key.

The verbs that change keys and tell partners so are `exchange`'s.
"""

from pathlib import Path

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb
from tidewaiter.keys import errors, keyfile, queries, recovering, ring
from tidewaiter.keys.ring import PublicKey


@click.group()
def keys() -> None:
    """The node's keys; private parts are never shown."""


@keys.command("list")
@verb
def list_() -> list[dict[str, object]]:
    """Every key with its use, thumbprint and state."""
    queries.signing()  # names the home where there are no keys
    return [row(key) for key in queries.public(clock.real())]


@keys.command()
@click.option("--key", "file", required=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option("--document", "draft", required=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option("--new-key", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@verb
def recover(file: Path, draft: Path, new_key: Path | None, out: Path | None) -> Said:
    """Sign a node document by the recovery key, on the machine where that is kept.

    The draft is what `keys draft` wrote on the node; the result is for `keys publish` there. With
    --new-key a new recovery key is made into that file, and takes the place of this one.
    """
    at = clock.real()
    try:
        key, said = keyfile.read(file), draft.read_bytes()
        successor = None
        if new_key is not None:
            successor = recovering.successor(key, recovering.payload(said), at=at)
        compact = recovering.signed(said, key, at=at, successor=successor)
        if new_key is not None and successor is not None:
            keyfile.store(new_key, keyfile.members(successor))
        if out is not None:
            out.write_text(compact + "\n", encoding="ascii")
    except recovering.NoDocument as error:
        raise errors.CannotRecover(reason=str(error)) from None
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise errors.CannotRecover(reason=reason) from None
    recovery = successor or key
    data = {
        "document": compact,
        "signed_by": key.kid,
        "recovery": ring.thumbprint(recovery),
    }
    return Said(data, compact if out is None else f"{out} is signed by {key.kid}.")


def row(key: PublicKey) -> dict[str, object]:
    """A key as the verbs print it."""
    return {
        "kid": key.kid,
        "use": key.use,
        "thumbprint": key.thumbprint,
        "state": key.state,
        "suite": key.suite,
        "valid_from": None if key.nbf is None else clock.text(key.nbf),
        "valid_until": None if key.exp is None else clock.text(key.exp),
        "listed_until": None if key.listed_until is None else clock.text(key.listed_until),
    }

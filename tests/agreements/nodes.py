"""Three administrations in one process: each signs with keys of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings

from tidewaiter import canonical, clock
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as key_queries

URL = "https://{}.example/"


@contextmanager
def at(code: str, folder: Path) -> Iterator[None]:
    """Be that administration, with keys in `folder`, made when they are first wanted."""
    place = folder / code
    with override_settings(ADMINISTRATION=code, KEYS_DIR=place, NODE_URL=URL.format(code.lower())):
        if not place.exists():
            keys.create(at=clock.real())
        yield


def known(code: str, folder: Path) -> None:
    """Register that administration as a partner of whoever we are."""
    moment = clock.real()
    with at(code, folder):
        document = {
            "administration": code,
            "name": f"Customs of {code}",
            "url": URL.format(code.lower()),
            "issued": clock.text(moment),
            "keys": [
                {
                    "kid": key.kid,
                    "use": key.use,
                    **key.jwk,
                    **({"nbf": clock.text(key.nbf)} if key.nbf else {}),
                    **({"exp": clock.text(key.exp)} if key.exp else {}),
                }
                for key in key_queries.published()
            ],
            "log": {"origin": key_queries.origin(), "vkey": key_queries.note_verifier()},
            "accepts": [],
        }
        jws = keys.sign(canonical.write(document), typ="tidewaiter-node+jws")
        thumbprint = key_queries.signing().thumbprint
    identity.add_partner(document=jws, thumbprint=thumbprint, at=moment)

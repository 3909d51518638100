"""Messages a second on one core: signed and sealed, opened and verified, read and written."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, jose

TURNS = 1500
TYP = "tidewaiter+jws"
EVENT = canonical.write(
    {
        "specversion": "1.0",
        "source": "tidewaiter:XA",
        "serial": 42,
        "data": {"goods": [{"hs": "640411", "description": "x" * 60}] * 12},
    }
)


def rate(name: str, floor: int, act: Callable[[], object]) -> None:
    """One line: how often a second, and how that stands to the floor."""
    began = time.perf_counter()
    for _ in range(TURNS):
        act()
    value = TURNS / (time.perf_counter() - began)
    print(f"{name} {value:.0f} messages/s {floor} {value / floor:.2f}")


def main() -> None:
    """Print the figures."""
    signer, opener = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": jose.encode(signer.public_key().public_bytes_raw()),
    }
    sealing = {
        "crv": "X25519",
        "kty": "OKP",
        "x": jose.encode(opener.public_key().public_bytes_raw()),
    }

    def send() -> str:
        compact = jose.sign(EVENT, signer, {"kid": "XA-1", "typ": TYP})
        return jose.seal(compact.encode("ascii"), sealing, kid="XB-e1", cty=TYP)

    sealed, value = send(), canonical.read(EVENT)
    rate("jose.sign_and_seal", 1500, send)
    rate(
        "jose.open_and_verify",
        1500,
        lambda: jose.verify(jose.open_(sealed, opener, cty=TYP).decode("ascii"), public, typ=TYP),
    )
    rate("canonical.read", 1500, lambda: canonical.read(EVENT))
    rate("canonical.write", 1500, lambda: canonical.write(value))


if __name__ == "__main__":
    main()

"""Messages a second on one core and in each suite: signed and sealed, opened and verified."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
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


def suite(name: str, signer: jose.Signer, opener: jose.Opener) -> None:
    """The figures of one suite."""
    public, sealing = jose.public_jwk(signer), jose.public_jwk(opener)

    def send() -> str:
        compact = jose.sign(EVENT, signer, {"kid": "XA-1", "typ": TYP})
        return jose.seal(compact.encode("ascii"), sealing, kid="XB-e1", cty=TYP)

    def receive() -> bytes:
        opened = jose.open_(sealed, opener, cty=TYP)
        return jose.verify(opened.decode("ascii"), public, typ=TYP)

    sealed = send()
    rate(f"jose.sign_and_seal.{name}", 1500, send)
    rate(f"jose.open_and_verify.{name}", 1500, receive)


def main() -> None:
    """Print the figures."""
    suite("A", Ed25519PrivateKey.generate(), X25519PrivateKey.generate())
    suite("B", *(ec.generate_private_key(ec.SECP256R1()) for _ in range(2)))
    value = canonical.read(EVENT)
    rate("canonical.read", 1500, lambda: canonical.read(EVENT))
    rate("canonical.write", 1500, lambda: canonical.write(value))


if __name__ == "__main__":
    main()

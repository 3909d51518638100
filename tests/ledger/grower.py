"""A process that logs and signs as fast as it can in a home of its own, until it is killed.

`python -m tests.ledger.grower grow` says each checkpoint that it signed, as size and root, and each
index that was committed; `full` does so on a disk that fills up and gets room again.
"""

import resource
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def step(turn: int, entries: int) -> None:
    """Log so many entries, sign the head, and say what was done, each when it is."""
    from django.db import transaction

    from tidewaiter.ledger import actions

    with transaction.atomic():
        documents = [(b"%d/%d" % (turn, one), b"s" * 32) for one in range(entries)]
        indices = actions.append_many(documents, at=AT)
    say("logged", indices[-1] + 1)
    signed = actions.publish(at=AT + timedelta(days=turn))
    if signed is not None:
        say("signed", signed.size, signed.root.hex())


def grow() -> None:
    """Until we are killed."""
    from tidewaiter.ledger import queries

    first = queries.size()
    for turn in range(1, 10_000):
        step(first + turn, 333)


def full() -> None:
    """Until the disk takes no more; then with room again."""
    from django.db import DatabaseError, connection

    from tidewaiter.ledger import actions, queries

    for turn in range(1, 4):
        step(turn, 333)
    for turn in range(4, 30):
        connection.close()  # what the write-ahead log holds goes into the database
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        # room for so many pages: each turn the disk is full at another place of what is written
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000 + 2500 * turn, hard))
        failed = False
        while not failed:
            try:
                step(turn, 130)
            except DatabaseError as error:
                failed = True
                say("full", " ".join(str(error).split()))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signed = actions.publish(at=AT + timedelta(days=1000 * turn))  # the everyday code
        if signed is not None:
            say("signed", signed.size, signed.root.hex())
    found = queries.verify()
    say("verified", found.ok, found.size, *found.faults)


def main() -> None:
    """Set the home up where it is new, and go on."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tidewaiter.keys import actions as keys

    if not settings.KEYS_DIR.exists():
        call_command("migrate", verbosity=0)
        keys.create(at=AT)
    say("ready")
    parts: dict[str, Any] = {
        "grow": grow,
        "full": full,
    }
    parts[sys.argv[1]]()


if __name__ == "__main__":
    main()

"""Several public commands in one process, for starting Python anew costs more than most of them.

Reads a JSON list of {"words": [...], "given": text or null} on standard input and writes a JSON
list of {"code", "out", "err"}: each command runs as it would by itself, and the first that fails
is the last.
"""

import contextlib
import gc
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

from tidewaiter.cli.main import close
from tidewaiter.cli.main import main as command


def run(words: Sequence[str], given: str | None) -> dict[str, Any]:
    """One command, its exit code and what it printed."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, sys.stdin = sys.stdin, io.StringIO(given or "")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command.main(list(words))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdin = before
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def main() -> None:
    """As the module says."""
    gc.disable()  # until the first command is imported
    done = []
    for one in json.load(sys.stdin):
        done.append(run(one["words"], one["given"]))
        if done[-1]["code"]:
            break
    close()
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main()

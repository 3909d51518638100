"""Run every bench/*.py and pass its lines on: name value unit floor ratio."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench"


def main() -> int:
    """Run them in order of name; 1 when one of them failed."""
    codes = [
        subprocess.run(
            [sys.executable, "-m", f"bench.{file.stem}"], check=False, cwd=BENCH.parent
        ).returncode
        for file in sorted(BENCH.glob("[a-z]*.py"))
    ]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())

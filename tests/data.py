"""Where the public test data is: TIDEWAITER_TEST_DATA, else beside the project."""

import os
from pathlib import Path

DATA = Path(
    os.environ.get("TIDEWAITER_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data"
).absolute()

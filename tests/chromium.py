"""Where a Chromium is for the browser tests: TIDEWAITER_CHROMIUM, the system's, playwright's."""

import os
import shutil
from pathlib import Path

ENABLE = "apt-get install chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The path of an executable, or None."""
    if named := os.environ.get("TIDEWAITER_CHROMIUM"):
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    cache = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    )
    own = sorted(cache.glob("chromium*/chrome*linux*/*chrom*"))
    return next((str(path) for path in own[::-1] if os.access(path, os.X_OK)), None)

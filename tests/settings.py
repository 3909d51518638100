"""The settings of the tests: a node in a home of its own, which goes when the tests end."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "TIDEWAITER_HOME" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
    _home = tempfile.mkdtemp(prefix="tidewaiter-test-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    os.environ["TIDEWAITER_HOME"] = _home
os.environ.setdefault("TIDEWAITER_URL", "http://127.0.0.1:8000")
if _url := os.environ.get("TIDEWAITER_TEST_DATABASE_URL"):
    os.environ["TIDEWAITER_DATABASE_URL"] = _url

from tidewaiter.node.settings import *  # noqa: F403
from tidewaiter.node.settings import DATABASES, HOME

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(HOME) / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
SECRET_KEY = "only for the tests"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose

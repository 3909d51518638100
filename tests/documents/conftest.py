"""What the tests of declarations share."""

from datetime import datetime

import pytest

from tests.documents.papers import AT


@pytest.fixture
def at() -> datetime:
    return AT

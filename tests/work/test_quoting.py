"""What an error quotes is found however it is written."""

import json

import pytest

from tidewaiter.work import quoting


@pytest.mark.parametrize("text", ["Zephyr Trading", "two\nlines", 'say "no"', "Zoë's", "a\\b\tc d"])
@pytest.mark.parametrize("write", [str, repr, json.dumps])
def test_a_text_is_found_as_python_or_json_writes_it(text: str, write: type[str]) -> None:
    error = f"KeyError: {write(text)} in line 3"
    assert quoting.quotes(error, quoting.forms({text}), 500)
    assert not quoting.quotes(error, quoting.forms({"something else"}), 500)


def test_a_text_is_found_where_the_error_was_cut_off_in_it() -> None:
    error = ("x" * 600 + "Zephyr Trading")[-500 - 6 : -6]
    assert len(error) == 500
    assert quoting.quotes(error, quoting.forms({"Zephyr Trading"}), 500)
    assert not quoting.quotes(error[1:], quoting.forms({"Zephyr Trading"}), 500)

"""Payloads held to their schemas (JSON Schema 2020-12); a refusal names the rule, never a value."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.types import MessageType

_validators: dict[str, tuple[Mapping[str, Any], jsonschema_rs.Draft202012Validator]] = {}


def fault(kind: MessageType, data: Any) -> str:
    """Where `data` breaks the schema of its type: the schema's own path; "" where it does not.

    Attachments are named in the same way whatever the type.
    """
    if not isinstance(data, dict):
        return "data is no object"
    validator = _validator(kind)
    if validator.is_valid(data):
        return attachment.fault(data)
    error = next(iter(validator.iter_errors(data)))
    return f"data breaks its schema at {_path(error.schema_path)}"[:300]


def _path(parts: list[str | int]) -> str:
    return "/" + "/".join(str(part) for part in parts)


def _validator(kind: MessageType) -> jsonschema_rs.Draft202012Validator:
    held = _validators.get(kind.name)
    if held is None or held[0] is not kind.schema:
        held = (kind.schema, jsonschema_rs.Draft202012Validator(dict(kind.schema)))
        _validators[kind.name] = held
    return held[1]

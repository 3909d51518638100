"""What makes two declarations the same: the declarant and its number; and the content in common.

The cover of a document, the place of its schema, and how a source wrote a value are no content:
the same declaration in two formats is one.
"""

import hashlib
from typing import Any, Final

import msgspec
from msgspec import structs

from tidewaiter.documents import anatomy
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.element import Part

_FORM: Final = frozenset({"written", "attribute"})  # extensions that say how, not what


def key(declaration: Declaration) -> tuple[str, str]:
    """The declarant's number (its name where it has none) and the local reference number."""
    return declaration.declared_by, declaration.local_reference


def digest(declaration: Declaration) -> str:
    """The SHA-256 of what a declaration says, in hexadecimal digits."""
    bare = declaration
    if declaration.metadata or declaration.schema_location:
        bare = structs.replace(declaration, metadata=None, schema_location=None)
    body = msgspec.json.encode(bare)
    if b'"extensions":' in body:
        body = msgspec.json.encode(plain(bare))
    return hashlib.sha256(body).hexdigest()


def plain(part: Part) -> Any:
    """`part` without the extensions that say how something was written."""
    changed: dict[str, Any] = {}
    for field in anatomy.of(type(part)).fields:
        value = getattr(part, field.name)
        if field.part and value:
            changed[field.name] = tuple(map(plain, value)) if field.many else plain(value)
    if part.extensions:
        changed["extensions"] = tuple(one for one in part.extensions if one.kind not in _FORM)
    return structs.replace(part, **changed) if changed else part

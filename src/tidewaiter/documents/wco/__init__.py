"""WCO Data Model 3.6 XML (`DocumentMetaData` and `Declaration`), read into and written from
the canonical declaration, by the table of `anatomy` alone.
"""

from tidewaiter.documents.wco.reader import read
from tidewaiter.documents.wco.writer import write

__all__ = ["read", "write"]

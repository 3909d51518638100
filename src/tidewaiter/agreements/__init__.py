"""The room `agreements`: agreements as documents, and what they permit."""

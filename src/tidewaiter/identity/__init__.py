"""The room `identity`: administrations, partners, offices, people, roles, the read-audit."""

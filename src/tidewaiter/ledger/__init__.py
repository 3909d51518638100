"""The room `ledger`: the Merkle log of what was exchanged."""

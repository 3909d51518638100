"""Proofs of what was exchanged: how a message or a node document is found for one."""

"""Proving papers, and judging the proofs of others."""

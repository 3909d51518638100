"""Agreements over the exchange: proposed, signed, suspended and ended between nodes."""

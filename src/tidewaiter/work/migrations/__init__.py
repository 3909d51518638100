"""Migrations of the room `work`."""

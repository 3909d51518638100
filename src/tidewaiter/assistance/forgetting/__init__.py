"""Forgetting requests and replies once their messages are."""

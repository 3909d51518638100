"""Passing on what a partner gave: whether it may go, whom to ask first, who decides."""

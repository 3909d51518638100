"""Emptying messages: their rows stay, so that serials have no gap and a replay is refused."""

"""Coming back after a restore: our own log fetched from partners, and what was sent and taken."""

"""Witnessing: what we cosign and keep of partners' logs, who cosigned ours, what contradicts."""

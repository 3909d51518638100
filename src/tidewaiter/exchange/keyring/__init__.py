"""Changing this node's keys so that its partners follow: rotation, revocation, recovery."""

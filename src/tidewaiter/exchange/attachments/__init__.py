"""Attachments of messages: sealed and given, awaited and opened."""

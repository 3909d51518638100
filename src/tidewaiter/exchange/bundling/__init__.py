"""Bundles: files that carry messages, receipts and attachments where there is no line."""

"""The room `exchange`: messages between nodes: outbox, inbox, receipts, the partner API."""

"""Messages for nodes that cannot be reached: they collect, and bring their receipts."""

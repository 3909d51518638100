"""Where this node stands with each partner: serials, waits, gaps; and what it says of itself."""

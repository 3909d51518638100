"""The room `vault`: bytes by SHA-256: source documents and photographs."""

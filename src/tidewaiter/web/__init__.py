"""The room `web`: base templates, components and styles; no subject matter."""

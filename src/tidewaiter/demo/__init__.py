"""The room `demo`: three nodes and a played scenario."""

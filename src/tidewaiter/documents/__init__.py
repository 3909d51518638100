"""The room `documents`: declarations, consignments and their life."""

"""The room `reference`: countries, HS nomenclature, units, currencies, locations."""

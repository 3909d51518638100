"""The room `controls`: inspections, findings, seizures and releases."""

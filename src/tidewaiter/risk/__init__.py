"""The room `risk`: signals, profiles, models, assessments and lanes."""

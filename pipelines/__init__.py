"""The engine: recipes, parts, stages, runs and reports."""

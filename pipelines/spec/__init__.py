"""What a recipe is: sources, stages, steps, their settings and columns, checked before anything runs."""

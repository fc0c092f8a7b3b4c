"""What a stage or a run shows of itself in the report, a module each."""

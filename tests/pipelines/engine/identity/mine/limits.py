"""What the rule and the loop go by."""

LOUD = 2
FACTOR = 3

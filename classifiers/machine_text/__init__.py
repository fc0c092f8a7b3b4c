"""What tells text that a machine wrote: marks that it left, and signals of how it writes."""

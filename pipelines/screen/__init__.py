"""What a person sees while a run is going, and what of it nobody shall see."""

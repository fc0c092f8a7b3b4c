"""What `mixing.phases` is made of: the plan of two phases, their proof, the page."""

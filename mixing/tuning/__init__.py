"""How `mixing.tune` looks for settings: what is drawn, what is compared, what is kept."""

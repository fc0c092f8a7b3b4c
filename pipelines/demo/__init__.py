"""The demo's input, from package registries."""

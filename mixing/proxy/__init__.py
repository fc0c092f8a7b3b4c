"""Small models that are trained on a mix, and the text that they are trained on and asked for."""

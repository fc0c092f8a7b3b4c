"""Parts of `mixing.optimize`: which mix the fitted laws promise most of, within what is allowed."""

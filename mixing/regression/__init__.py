"""What the regression of the mix is made of: laws, members, estimates."""

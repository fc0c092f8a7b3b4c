"""How the models that come with Winnow are trained: from real data and packages of known origin."""

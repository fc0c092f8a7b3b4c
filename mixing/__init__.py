"""From token counts to a mix: swarm, proxies, fit, optimum, sample."""

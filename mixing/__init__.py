"""From token counts to a mix: swarm, proxies, fit, optimum, sample."""

if "." not in __name__:
    raise ImportError(f"{__name__} is a part of Winnow: import winnow.{__name__}")

"""Where work runs: pools of workers, a child process for what may die, a clock on every batch."""

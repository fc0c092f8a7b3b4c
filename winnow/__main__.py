"""`python -m winnow`, which is `winnow` where nothing is installed."""

from winnow.cli import start

start()

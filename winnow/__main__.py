"""`python -m winnow`, and the command `winnow`: Ctrl-C ends it with one line, whatever it is at."""

from winnow.cli import main
from winnow.pipelines.screen import interrupt

interrupt.watch()
if __name__ == "__main__":
    main(prog_name="winnow")

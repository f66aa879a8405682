"""Greets its arguments, or the world: a command of WASI 0.2 in Python."""

import sys

from wit_world import exports


class Run(exports.Run):
    """The export `wasi:cli/run`."""

    def run(self) -> None:
        for word in sys.argv[1:] or ["world"]:
            print(f"hello, {word}!")

"""Cuts a text to a width: a typed main in Python that is called neither `main` nor `run`."""

import wit_world
from componentize_py_types import Err


class WitWorld(wit_world.WitWorld):
    """The world's export."""

    def shrink(self, text: str, width: int) -> str:
        if width == 0:
            raise Err("nothing fits a width of 0")
        return text[:width]

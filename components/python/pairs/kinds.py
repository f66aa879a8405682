"""The resource of the callee: componentize-py looks for it in a module by the interface's name."""

from wit_world.exports import kinds


class Thing(kinds.Thing):
    """A number that only its maker sees."""

    def __init__(self, number: int) -> None:
        self.number = number

    def get(self) -> int:
        return self.number

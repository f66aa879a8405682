"""A callee in Python for `tests/compose`: what `components/rust/pairs` has in Rust."""

from componentize_py_types import Err
from kinds import Thing
from wit_world import exports
from wit_world.exports.kinds import Header, Point


class Kinds(exports.Kinds):
    """The export `kinds`."""

    def scalar(self, x):
        return x + 1

    def text(self, x):
        return x[::-1]

    def bytes(self, x):
        return x[::-1]

    def points(self, x):
        return [Point(point.y, point.x) for point in x]

    def headers(self, x):
        def rewritten(header):
            match header.name:
                case "host":
                    return Header(header.name, "upstream.example")
                case "connection":
                    return Header(header.name, "keep-alive")
                case "x-forwarded-for":
                    return Header(header.name, f"{header.value}, 192.0.2.1")
            return header

        return [rewritten(header) for header in x]

    def swap(self, x):
        return Thing(x.get() * 2)

    def look(self, x):
        return x.get()

    def drain(self, input):
        text = b""
        while True:
            try:
                text += input.blocking_read(65536)
            except Err:
                return text.decode()

    def fail(self, why):
        raise Err(why)

    def trap(self):
        raise RuntimeError("it was asked to")

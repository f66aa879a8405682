"""Gets pages through the mesh and prints them: app [-o FILE] PATH..."""

import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import route

HEADERS = [route.Header("accept", "text/plain"), route.Header("connection", "close"), route.Header("x-debug", "1")]


class Run(exports.Run):
    """The export `wasi:cli/run`."""

    def run(self) -> None:
        words = sys.argv[1:]
        output = None
        if words[:1] == ["-o"]:
            output, words = words[1], words[2:]
        for path in words:
            try:
                response = route.send(route.Request(path, HEADERS))
            except Err as error:
                print(f"{path}: {error.value}")
                continue
            print(f"{path}: {response.status}", *sorted(f"{h.name}={h.value}" for h in response.headers))
            print(response.body, end="")
            if output:
                try:
                    with open(output, "a") as file:
                        file.write(response.body)
                except OSError as error:
                    print(f"{output}: {error.strerror}")

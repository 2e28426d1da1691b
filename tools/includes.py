#!/usr/bin/env python3
"""Check that includes in mod/ point down the layers of tools/layers."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
QUOTED = re.compile(r'^#include "([^"]+)"')


def read_layers():
    layer = {}
    for number, line in enumerate((TOP / "tools/layers").read_text()
                                  .splitlines()):
        for name in line.split("#")[0].split():
            layer[name] = number
    return layer


def main():
    layer = read_layers()
    problems = []
    for path in sorted((TOP / "mod").glob("*.[ch]")):
        if path.stem not in layer:
            problems.append(f"{path.name}: in no layer of tools/layers")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = QUOTED.match(line)
            if not match:
                continue
            other = pathlib.Path(match[1]).stem
            if layer.get(other, -1) < layer[path.stem]:
                problems.append(f"mod/{path.name}:{number}: includes "
                                f"{match[1]}, of a layer above")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

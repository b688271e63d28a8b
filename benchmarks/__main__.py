"""Every figure that the README claims: `make bench`. Takes some minutes; nothing else should run beside it."""

from __future__ import annotations

import os
import platform

from benchmarks import attention, browser, compare, digits, kernel, pictures, reading, reference, sentences, trees
from benchmarks.load import __main__ as load


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    for part in (kernel, pictures, reference, trees, compare, attention, sentences, digits, reading, load, browser):
        print((part.__doc__ or "").splitlines()[0])
        part.main()
        print()


if __name__ == "__main__":
    main()

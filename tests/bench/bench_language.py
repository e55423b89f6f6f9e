"""What it takes to read and check a workflow of 2,500 and of 10,000 steps, right and wrong ones: seconds of CPU time.

Four times the steps should take about four times as long, and 10,000 no more than five seconds on a quiet machine.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import check, parse
from tests.spec import large

SIZES = (2_500, 10_000)


def seconds(text: str) -> float:
    start = time.process_time()
    with suppress(SchemaValidationError):
        check(parse(text))
    return time.process_time() - start


def main() -> None:
    seconds(large.chain(10))
    print(f"{'':24}" + "".join(f"{size:>10,}" for size in SIZES) + f"{'times':>10}")
    for make in (*large.RIGHT, *large.WRONG):
        small, big = (seconds(make(size)) for size in SIZES)
        print(f"{make.__name__:24}{small:10.2f}{big:10.2f}{big / small:10.1f}")


if __name__ == "__main__":
    main()

"""How long the capture of a small page takes, from the request to the WACZ file that was read back.

python -m benchmarks.capture                 # five captures of a page on this machine; bar: 4 s

Each starts a browser of its own, as a real one does; the page is served by this very process.
"""

from __future__ import annotations

import statistics
import time

from tests.evidence.capture.pages import Pages
from unburnt.evidence.capture import wacz, wacz_reading
from unburnt.evidence.capture.browser import Options, capture

ROUNDS = 5
BAR = 4.0  # seconds


def once(url: str) -> tuple[float, int]:
    """Capture a page and return the seconds that took, and the bytes of its file."""
    begun = time.perf_counter()
    data = wacz.write(capture(url, "a benchmark", Options(private=frozenset({"127.0.0.1"}))))
    assert wacz_reading.read(data).unchecked == ()
    return time.perf_counter() - begun, len(data)


def main() -> None:
    """Print the median, the worst, and whether the bar is met."""
    with Pages() as pages:
        runs = [once(pages.url("/story")) for _ in range(ROUNDS)]
    times = [seconds for seconds, _ in runs]
    median = statistics.median(times)
    print(f"capture of a small page: median {median:.2f} s, worst {max(times):.2f} s")
    print(f"its file: {runs[0][1]} bytes; bar: {BAR} s: {'met' if median < BAR else 'MISSED'}")
    assert median < BAR


if __name__ == "__main__":
    main()

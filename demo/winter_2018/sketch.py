"""The sketch map of the demonstration: an invented street drawn with a shaky pen, as SVG.

    sketch_map(random.Random(17)) -> '<svg …>'

The layout is fiction and says so. It marks the car, the canister and an office;
it never marks a neighbour's window.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

Point = tuple[float, float]

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 440" width="640" height="440" \
role="img" aria-labelledby="title desc">
<title id="title">Sketch, not to scale: where the car stood (demonstration)</title>
<desc id="desc">A street crosses the sheet. Above it stand houses, one marked as an office; \
in the yard behind, a car is marked with a cross and a small canister beside it.</desc>
<rect width="640" height="440" fill="#f4efdf"/>
<g fill="none" stroke="#2b2d42" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
"""

LABELS: list[tuple[float, float, int, int, str]] = [
    (34, 42, 21, 0, "Sketch from memory, NOT TO SCALE"),
    (34, 66, 14, 0, "Demonstration: the layout is invented"),
    (88, 342, 17, -3, "street (name left out)"),
    (120, 252, 17, 0, "office"),
    (262, 256, 15, 0, "flats"),
    (470, 268, 15, 0, "flats"),
    (318, 108, 17, 0, "yard"),
    (434, 120, 17, -4, "car stood here"),
    (492, 196, 15, 3, "canister"),
    (386, 344, 15, -2, "way in"),
    (34, 420, 13, 0, "Left out on purpose: who lives where, and who saw it."),
]


def sketch_map(hand: random.Random) -> str:
    """Return the SVG text; the same generator state gives the same bytes."""
    strokes = "".join(
        f'<path d="{_shaky(points, hand)}"{style}/>\n' for points, style in _strokes()
    )
    words = "".join(
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" transform="rotate({turn} {x:g} {y:g})">'
        f"{text}</text>\n"
        for x, y, size, turn, text in LABELS
    )
    style = "\"'Segoe Print', 'Bradley Hand', 'Comic Sans MS', cursive\""
    return f'{HEAD}{strokes}</g>\n<g fill="#2b2d42" font-family={style}>\n{words}</g>\n</svg>\n'


def _strokes() -> Iterator[tuple[list[Point], str]]:
    """Yield what is drawn: points of a line, and how its pen differs from the common one."""
    yield [(20, 306), (230, 300), (420, 304), (620, 296)], ""
    yield [(20, 366), (240, 362), (430, 366), (620, 356)], ""
    dashes = ' stroke-dasharray="14 12" stroke-width="1.2"'
    yield [(24, 336), (60, 335)], dashes
    yield [(310, 333), (344, 333)], dashes
    yield [(440, 332), (618, 326)], dashes
    for left, top, right, bottom in (
        (70, 206, 208, 292),
        (220, 214, 340, 292),
        (410, 216, 590, 290),
    ):
        yield _box(left, top, right, bottom), ""
    yield from _hatching(70, 206, 208, 292)
    for x in (92, 128, 164):
        yield _box(x, 214, x + 18, 232), ' stroke-width="1.2"'
    yield [(344, 290), (348, 180), (352, 168)], ' stroke-dasharray="5 7"'
    yield [(404, 290), (400, 190), (398, 178)], ' stroke-dasharray="5 7"'
    yield [(376, 350), (374, 250), (390, 190), (410, 172)], ' stroke="#6c757d" stroke-width="1.4"'
    yield [(402, 184), (411, 171), (396, 174)], ' stroke="#6c757d" stroke-width="1.4"'
    yield [(60, 198), (62, 86), (600, 82), (604, 206)], ' stroke-dasharray="2 6"'
    yield _box(424, 144, 478, 170), ' stroke-width="2.4"'
    yield _box(436, 148, 464, 166), ' stroke-width="1.2"'
    red = ' stroke="#b3261e" stroke-width="3.4"'
    yield [(416, 136), (488, 178)], red
    yield [(486, 134), (416, 180)], red
    yield _box(498, 166, 510, 180), ' stroke="#b3261e" stroke-width="2"'
    yield [(500, 166), (502, 161), (508, 161)], ' stroke="#b3261e" stroke-width="2"'


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def _hatching(left: int, top: int, right: int, bottom: int) -> Iterator[tuple[list[Point], str]]:
    for x in range(left + 8, right - 4, 9):
        yield [(x, bottom - 3), (min(x + 9, right), bottom - 20)], ' stroke-width="0.9"'


def _shaky(points: list[Point], hand: random.Random) -> str:
    """Turn a line into curves that tremble: a bent quadratic for each leg."""
    x, y = points[0]
    parts = [f"M{x + hand.uniform(-1.5, 1.5):.1f} {y + hand.uniform(-1.5, 1.5):.1f}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = min(4.0, (abs(x2 - x1) + abs(y2 - y1)) / 24)
        parts.append(
            f"Q{(x1 + x2) / 2 + hand.uniform(-bend, bend):.1f} "
            f"{(y1 + y2) / 2 + hand.uniform(-bend, bend):.1f} "
            f"{x2 + hand.uniform(-1.5, 1.5):.1f} {y2 + hand.uniform(-1.5, 1.5):.1f}"
        )
    return " ".join(parts)

"""Small drawing tools for the demonstration: canvas, filled shapes, noise, lettering, PNG.

    canvas = Canvas(640, 480)
    canvas.paint(mask(640, 480, [(10, 10), (90, 10), (50, 80)]), (255, 120, 20))
    png(canvas.width, canvas.height, 3, canvas.pixels())

Pure standard library and deterministic: the only randomness is a seeded generator.
It never reads a photograph, a font or any other file: no metadata of a real device gets in.
"""

from __future__ import annotations

import math
import random
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise

Point = tuple[float, float]
Colour = tuple[float, float, float]
Mask = list[list[float]]

SUBROWS = 4

# Letters on a grid of 4 by 6, as strokes of "xy" pairs: "06 20 46|14 34" is an A.
GLYPHS = {
    "A": "06 20 46|14 34",
    "B": "00 06 36 45 44 33 03|33 42 41 30 00",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 45 41 20 00",
    "E": "40 00 06 46|03 33",
    "F": "40 00 06|03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06|40 46|03 43",
    "I": "20 26",
    "J": "40 45 36 16 05",
    "K": "00 06|40 03 46",
    "L": "00 06 46",
    "M": "06 00 24 40 46",
    "N": "06 00 46 40",
    "O": "10 01 05 16 36 45 41 30 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 01 05 16 36 45 41 30 10|24 47",
    "R": "06 00 30 41 42 33 03|23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40|20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 22 36 40",
    "X": "00 46|40 06",
    "Y": "00 23 40|23 26",
    "Z": "00 40 06 46",
    "0": "10 01 05 16 36 45 41 30 10",
    "1": "11 20 26",
    "2": "01 10 30 41 42 06 46",
    "3": "00 40 23 33 44 45 36 16 05",
    "4": "36 30 04 44",
    "5": "40 00 02 32 43 45 36 06",
    "6": "30 10 02 05 16 36 45 44 33 13 04",
    "7": "00 40 16",
    "8": "10 01 02 13 33 44 45 36 16 05 04 13|33 42 41 30 10",
    "9": "16 36 44 41 30 10 01 02 13 33 42",
    ".": "25 26",
    ",": "25 17",
    ":": "22 23|25 26",
    ";": "22 23|25 17",
    "-": "13 33",
    "/": "06 40",
    "?": "01 10 30 41 42 23 24|25 26",
    "'": "20 21",
    '"': "10 11|30 31",
    "=": "02 42|04 44",
    "(": "30 11 15 36",
    ")": "10 31 35 16",
}


class Canvas:
    """A picture of light: rows of red, green, blue as floats, 0 black and 255 white."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.rows: list[list[Colour]] = [[(0.0, 0.0, 0.0)] * width for _ in range(height)]

    def paint(self, shape: Mask, colour: Colour) -> None:
        """Lay a colour over the canvas where the mask covers it, 0 none to 1 all."""
        for row, cover in zip(self.rows, shape, strict=True):
            for x, part in enumerate(cover):
                if part:
                    row[x] = mix(row[x], colour, part)

    def pixels(self) -> bytes:
        """Return the pixels as 8-bit RGB rows."""
        return bytes(level(value) for row in self.rows for pixel in row for value in pixel)


def mix(under: Colour, over: Colour, part: float) -> Colour:
    """Blend two colours; part 0 is `under`, 1 is `over`."""
    rest = 1.0 - part
    return (
        under[0] * rest + over[0] * part,
        under[1] * rest + over[1] * part,
        under[2] * rest + over[2] * part,
    )


def level(value: float) -> int:
    """Round a light value to a byte."""
    return min(255, max(0, int(value + 0.5)))


def smooth(low: float, high: float, value: float) -> float:
    """Rise gently from 0 at `low` to 1 at `high`; also falls when low is above high."""
    part = min(1.0, max(0.0, (value - low) / (high - low)))
    return part * part * (3.0 - 2.0 * part)


def mask(width: int, height: int, polygon: list[Point]) -> Mask:
    """Return how much of each pixel a polygon covers (even-odd, soft edges)."""
    rows = [[0.0] * width for _ in range(height)]
    edges = list(zip(polygon, polygon[1:] + polygon[:1], strict=True))
    top = max(0, int(min(y for _, y in polygon)))
    bottom = min(height, int(max(y for _, y in polygon)) + 1)
    for row in range(top, bottom):
        for part in range(SUBROWS):
            y = row + (part + 0.5) / SUBROWS
            cuts = sorted(
                x1 + (y - y1) * (x2 - x1) / (y2 - y1)
                for (x1, y1), (x2, y2) in edges
                if (y1 <= y) != (y2 <= y)
            )
            for left, right in zip(cuts[::2], cuts[1::2], strict=True):
                _cover(rows[row], max(0.0, left), min(float(width), right))
    return rows


def _cover(row: list[float], left: float, right: float) -> None:
    for x in range(int(left), min(len(row), math.ceil(right))):
        row[x] += max(0.0, min(right, x + 1) - max(left, x)) / SUBROWS


def ring(centre: Point, radius: float, flat: float = 1.0) -> list[Point]:
    """Return an ellipse as a polygon of 40 points; `flat` scales its height."""
    turns = [2 * math.pi * step / 40 for step in range(40)]
    return [
        (centre[0] + radius * math.cos(t), centre[1] + radius * flat * math.sin(t)) for t in turns
    ]


class Noise:
    """Smooth value noise in the plane, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        source = random.Random(seed)
        self.table = [source.random() for _ in range(4096)]

    def at(self, x: float, y: float) -> float:
        """Return a value from 0 to 1."""
        left, top = math.floor(x), math.floor(y)
        across, down = x - left, y - top
        across *= across * (3.0 - 2.0 * across)
        down *= down * (3.0 - 2.0 * down)
        table = self.table
        here = (left * 73 + top * 179) & 4095
        beside = (here + 73) & 4095
        under = (here + 179) & 4095
        corner = (here + 252) & 4095
        upper = table[here] + across * (table[beside] - table[here])
        lower = table[under] + across * (table[corner] - table[under])
        return upper + down * (lower - upper)

    def cloud(self, x: float, y: float, octaves: int = 4) -> float:
        """Return noise over several scales, 0 to 1."""
        total, weight, whole = 0.0, 1.0, 0.0
        for _ in range(octaves):
            total += weight * self.at(x, y)
            whole += weight
            x, y, weight = x * 2.03 + 17.0, y * 2.03 + 5.0, weight * 0.5
        return total / whole


def lettering(
    text: str, at: Point, size: float, wobble: float, hand: random.Random
) -> Iterator[list[Point]]:
    """Yield the strokes of one line of capitals, `size` units high, shaken by `wobble`."""
    step = size / 6
    x, y = at
    for letter in text.upper():
        narrow = letter in " .,:;I'"
        x -= step if narrow else 0.0
        lift = hand.uniform(-wobble, wobble)
        for stroke in filter(None, GLYPHS.get(letter, "").split("|")):
            yield [
                (
                    x + int(pair[0]) * step + hand.uniform(-wobble, wobble),
                    y + int(pair[1]) * step + lift + hand.uniform(-wobble, wobble),
                )
                for pair in stroke.split(" ")
            ]
        x += step * (4.3 if narrow else 5.4)


def ink(rows: Mask, stroke: list[Point], thickness: float, strength: float) -> None:
    """Draw a stroke of round pen marks into a mask, keeping the darker of what meets."""
    reach = thickness / 2 + 1
    for (x1, y1), (x2, y2) in pairwise(stroke):
        span = (x2 - x1) ** 2 + (y2 - y1) ** 2 or 1.0
        for y in range(int(min(y1, y2) - reach), int(max(y1, y2) + reach) + 2):
            if not 0 <= y < len(rows):
                continue
            row = rows[y]
            for x in range(int(min(x1, x2) - reach), int(max(x1, x2) + reach) + 2):
                if 0 <= x < len(row):
                    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / span
                    along = min(1.0, max(0.0, along))
                    away = math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))
                    row[x] = max(row[x], strength * smooth(reach, reach - 1.6, away))


def png(width: int, height: int, channels: int, pixels: bytes) -> bytes:
    """Return a PNG of 8-bit grey (1 channel) or RGB (3), rows filtered by the row above."""
    stride = width * channels
    above = bytes(stride)
    lines = bytearray()
    for start in range(0, height * stride, stride):
        line = pixels[start : start + stride]
        lines.append(2)
        lines += bytes((a - b) & 255 for a, b in zip(line, above, strict=True))
        above = line
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    words = b"Comment\x00Demonstration picture drawn by program; it shows no real place or event."
    body = [(b"IHDR", header), (b"tEXt", words)]
    body += [(b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in body)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

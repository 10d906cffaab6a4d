"""The two drawn pictures of the demonstration: a burning car at night, a scanned note.

    night_picture() -> PNG bytes, 640 x 480, colour
    scanned_note(lines) -> PNG bytes, 620 x 800, grey

Both are drawn from formulas and say on their face that they are demonstration material.
They never show a real place, a real car or a real hand.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise

from demo.winter_2018.drawing import (
    Canvas,
    Colour,
    Mask,
    Noise,
    Point,
    ink,
    lettering,
    level,
    mask,
    mix,
    png,
    ring,
    smooth,
)

WIDTH, HEIGHT = 640, 480
GROUND = 372
FIRE: Point = (262.0, 300.0)
FLAME: Colour = (255.0, 140.0, 40.0)

BODY: list[Point] = [
    (150, 372), (146, 346), (152, 330), (176, 322), (226, 316), (262, 284), (276, 279),
    (366, 278), (384, 283), (424, 316), (462, 321), (474, 332), (478, 352), (474, 372),
]  # fmt: skip
WINDOWS: list[list[Point]] = [
    [(242, 316), (270, 289), (312, 287), (312, 316)],
    [(320, 316), (320, 287), (366, 287), (376, 291), (404, 316)],
]
WHEELS: list[Point] = [(208, 372), (412, 372)]
CANISTER: list[Point] = [
    (538, 388), (538, 360), (543, 354), (548, 354), (548, 349), (562, 349), (562, 354),
    (567, 358), (567, 388),
]  # fmt: skip
RAMP: list[tuple[float, Colour]] = [
    (0.0, (30.0, 6.0, 2.0)),
    (0.25, (150.0, 28.0, 6.0)),
    (0.5, (240.0, 96.0, 16.0)),
    (0.75, (255.0, 190.0, 70.0)),
    (1.0, (255.0, 246.0, 205.0)),
]


def night_picture() -> bytes:
    """Return the burning car as a PNG."""
    canvas = Canvas(WIDTH, HEIGHT)
    noise = Noise(2018)
    _sky(canvas, noise)
    _houses(canvas)
    _ground(canvas, noise)
    _car(canvas)
    _flames(canvas, noise)
    _shapes_in_front(canvas)
    _bloom(canvas)
    _lens(canvas, random.Random(22))
    _caption(canvas, "DEMONSTRATION PICTURE - DRAWN BY PROGRAM, NOT A PHOTOGRAPH")
    return png(WIDTH, HEIGHT, 3, canvas.pixels())


def _glow(x: float, y: float, reach: float) -> float:
    return math.exp(-math.hypot((x - FIRE[0]) * 0.9, y - FIRE[1]) / reach)


def _sky(canvas: Canvas, noise: Noise) -> None:
    for y in range(GROUND):
        rise = FIRE[1] - y
        for x in range(WIDTH):
            shade = 8 + 14 * y / GROUND
            light = _glow(x, y, 150)
            drift = FIRE[0] + 20 + rise * 0.55
            wide = 40 + max(0.0, rise) * 0.42
            plume = math.exp(-(((x - drift) / wide) ** 2)) * smooth(-20, 60, rise)
            if plume > 0.02:
                plume *= 0.25 + 1.2 * noise.cloud(x / 70 - y / 300, y / 60 + x / 200, 4)
            smoke = plume * (16 + 150 * _glow(x, y, 110))
            canvas.rows[y][x] = (
                shade * 0.62 + light * 58 + smoke * 0.95,
                shade * 0.74 + light * 25 + smoke * 0.62,
                shade * 1.25 + light * 8 + smoke * 0.46,
            )


def _houses(canvas: Canvas) -> None:
    source = random.Random(7)
    for left, right, top in ((-4, 128, 92), (128, 214, 178), (470, 560, 150), (560, 646, 60)):
        for y in range(top, GROUND):
            for x in range(max(0, left), min(WIDTH, right)):
                light = _glow(x, y, 95)
                base = 9 + (4 if (y - top) % 46 < 2 else 0)
                canvas.rows[y][x] = (base + light * 215, base + light * 96, base + 6 + light * 32)
        for y in range(top + 16, GROUND - 40, 46):
            for x in range(left + 12, right - 18, 30):
                lit = source.random() < 0.13
                near = _glow(x, y, 80) * 90
                glass: Colour = (
                    (190, 150, 84) if lit else (7 + near, 8 + near * 0.5, 13 + near * 0.2)
                )
                canvas.paint(mask(WIDTH, HEIGHT, _box(x, y, 15, 22)), glass)
                if lit:
                    canvas.paint(mask(WIDTH, HEIGHT, _box(x + 7, y, 1.5, 22)), (70, 52, 30))


def _box(x: float, y: float, wide: float, high: float) -> list[Point]:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]


def _ground(canvas: Canvas, noise: Noise) -> None:
    for y in range(GROUND, HEIGHT):
        near = (y - GROUND) / (HEIGHT - GROUND)
        for x in range(WIDTH):
            grain = noise.cloud(x / 14 / (0.4 + near), y / 5 / (0.4 + near), 3)
            puddle = smooth(0.52, 0.62, noise.cloud(x / 120, y / 22 + 40, 3))
            light = math.exp(-math.hypot((x - FIRE[0] - 40) / 210, near * 1.1) * 1.5)
            light *= 0.35 + 0.9 * grain + 0.9 * puddle
            canvas.rows[y][x] = (10 + light * 215, 10 + light * 98, 13 + light * 34)
    for x in range(WIDTH):
        light = _glow(x, GROUND, 120)
        canvas.rows[GROUND][x] = (14 + light * 190, 14 + light * 100, 15 + light * 40)


def _car(canvas: Canvas) -> None:
    shadow = mask(WIDTH, HEIGHT, ring((312, 384), 178, 0.09))
    canvas.paint([[part * 0.8 for part in row] for row in shadow], (6, 5, 5))
    canvas.paint(mask(WIDTH, HEIGHT, BODY), (13, 10, 10))
    for window in WINDOWS:
        canvas.paint(mask(WIDTH, HEIGHT, window), (235, 120, 30))
    rim: Mask = [[0.0] * WIDTH for _ in range(HEIGHT)]
    ink(rim, BODY[2:12], 2.4, 0.75)
    canvas.paint(rim, (255, 150, 60))


def _bodywork(canvas: Canvas) -> None:
    """Doors, arches, bumpers and a lamp, just lit, so that the dark side still reads as a car."""
    for wheel in WHEELS:
        canvas.paint(mask(WIDTH, HEIGHT, ring((wheel[0], wheel[1] - 3), 32)), (5, 4, 4))
        canvas.paint(mask(WIDTH, HEIGHT, ring(wheel, 27)), (16, 13, 12))
        canvas.paint(mask(WIDTH, HEIGHT, ring(wheel, 14)), (58, 40, 30))
        canvas.paint(mask(WIDTH, HEIGHT, ring(wheel, 5)), (22, 16, 13))
    dim: Mask = [[0.0] * WIDTH for _ in range(HEIGHT)]
    for stroke in ([(246, 322), (242, 352), (250, 372)], [(316, 322), (316, 370)],
                   [(388, 322), (394, 344), (384, 360)], [(326, 333), (338, 333)],
                   [(258, 333), (270, 333)], [(248, 371), (372, 371)]):  # fmt: skip
        ink(dim, [(float(x), float(y)) for x, y in stroke], 1.4, 0.5)
    ink(dim, [(150, 352), (176, 355)], 3.0, 0.6)
    ink(dim, [(446, 355), (477, 352)], 3.0, 0.6)
    ink(dim, [(152, 334), (166, 331)], 5.0, 0.8)
    canvas.paint(dim, (120, 66, 34))


def _heat(x: int, y: int, noise: Noise) -> float:
    """How hot a point burns: tongues over the bonnet and out of the windows, thinning upwards."""
    heat = 0.0
    for centre, wide, root, tall in ((214, 74, 326, 205), (306, 92, 300, 170), (386, 40, 318, 90)):
        high = (root - y) / tall
        if not -0.12 < high < 1.15:
            continue
        sway = (noise.cloud(y / 46.0 + centre, 3.0, 2) - 0.5) * 90 * max(0.0, high)
        across = (x - centre - sway - high * 46) / (wide * (1.02 - 0.72 * max(0.0, high)))
        body = 1.0 - across * across
        if body > 0:
            torn = noise.cloud(x / 21.0, y / 44.0 + centre, 4)
            heat = max(heat, body * smooth(-0.12, 0.08, high) * (1.9 * torn + 0.38 - 1.05 * high))
    return min(1.0, max(0.0, heat))


def _flames(canvas: Canvas, noise: Noise) -> None:
    for y in range(90, 345):
        row = canvas.rows[y]
        for x in range(110, 520):
            heat = _heat(x, y, noise)
            if heat > 0.02:
                row[x] = mix(row[x], _ramp(heat), smooth(0.02, 0.42, heat))


def _ramp(heat: float) -> Colour:
    for (low, under), (high, over) in pairwise(RAMP):
        if heat <= high:
            return mix(under, over, (heat - low) / (high - low))
    return RAMP[-1][1]


def _shapes_in_front(canvas: Canvas) -> None:
    """The roof line, the pillars and the canister stand dark before the fire."""
    pillars: Mask = [[0.0] * WIDTH for _ in range(HEIGHT)]
    for stroke in ([(236, 317), (268, 285), (282, 281), (362, 281), (382, 287), (412, 317)],
                   [(316, 282), (316, 318)], [(200, 320), (432, 318)]):  # fmt: skip
        ink(pillars, [(float(x), float(y)) for x, y in stroke], 6.0, 0.9)
    canvas.paint(pillars, (16, 9, 7))
    lower = [(150, 372), (146, 348), (160, 338), (470, 336), (478, 352), (474, 372)]
    canvas.paint(mask(WIDTH, HEIGHT, [(float(x), float(y)) for x, y in lower]), (19, 13, 11))
    _bodywork(canvas)
    canvas.paint(mask(WIDTH, HEIGHT, ring((552, 389), 24, 0.14)), (7, 6, 6))
    canvas.paint(mask(WIDTH, HEIGHT, CANISTER), (46, 24, 16))
    edge: Mask = [[0.0] * WIDTH for _ in range(HEIGHT)]
    ink(edge, [(539, 388), (539, 361), (544, 355)], 2.2, 0.9)
    ink(edge, [(546, 366), (559, 380)], 1.6, 0.4)
    ink(edge, [(559, 366), (546, 380)], 1.6, 0.4)
    canvas.paint(edge, (236, 128, 52))


def _bloom(canvas: Canvas) -> None:
    """Let bright parts bleed, as in a lens: shrink the excess eightfold, blur it, add it back."""
    step = 8
    wide, high = WIDTH // step, HEIGHT // step
    cells = [
        [_mean(_excess(canvas, left, top, step)) for left in range(0, WIDTH, step)]
        for top in range(0, HEIGHT, step)
    ]
    for _ in range(4):
        cells = [[_around(cells, x, y, wide, high) for x in range(wide)] for y in range(high)]
    for y in range(HEIGHT):
        for x in range(WIDTH):
            add = _between(cells, (x + 0.5) / step - 0.5, (y + 0.5) / step - 0.5, wide, high)
            r, g, b = canvas.rows[y][x]
            canvas.rows[y][x] = (r + add[0] * 0.7, g + add[1] * 0.55, b + add[2] * 0.45)


def _around(cells: list[list[Colour]], x: int, y: int, wide: int, high: int) -> Colour:
    near = [
        cells[j][i]
        for j in range(max(0, y - 1), min(high, y + 2))
        for i in range(max(0, x - 1), min(wide, x + 2))
    ]
    return _mean(near)


def _excess(canvas: Canvas, left: int, top: int, step: int) -> list[Colour]:
    """What of each pixel in a square is brighter than the picture's own middle tones."""
    return [
        (max(0.0, r - 90), max(0.0, g - 90), max(0.0, b - 90))
        for row in canvas.rows[top : top + step]
        for r, g, b in row[left : left + step]
    ]


def _mean(colours: list[Colour]) -> Colour:
    count = len(colours)
    return (
        sum(r for r, _, _ in colours) / count,
        sum(g for _, g, _ in colours) / count,
        sum(b for _, _, b in colours) / count,
    )


def _between(cells: list[list[Colour]], x: float, y: float, wide: int, high: int) -> Colour:
    x, y = min(max(x, 0.0), wide - 1.001), min(max(y, 0.0), high - 1.001)
    left, top = int(x), int(y)
    upper = mix(cells[top][left], cells[top][left + 1], x - left)
    lower = mix(cells[top + 1][left], cells[top + 1][left + 1], x - left)
    return mix(upper, lower, y - top)


def _lens(canvas: Canvas, source: random.Random) -> None:
    """Darken the corners and add grain, stronger in the dark, in steps that compress."""
    for y, row in enumerate(canvas.rows):
        for x, (r, g, b) in enumerate(row):
            away = math.hypot((x - WIDTH / 2) / WIDTH, (y - HEIGHT / 2) / HEIGHT)
            keep = 1.0 - 0.62 * away * away * 1.6
            grain = source.gauss(0, 1) * (4.6 - 3.0 * min(1.0, r / 255))
            row[x] = (
                round((r * keep + grain) / 5) * 5.0,
                round((g * keep + grain) / 5) * 5.0,
                round((b * keep + grain) / 5) * 5.0,
            )


def _caption(canvas: Canvas, text: str) -> None:
    for y in range(HEIGHT - 24, HEIGHT):
        canvas.rows[y] = [(12.0, 12.0, 14.0)] * WIDTH
    words: Mask = [[0.0] * WIDTH for _ in range(HEIGHT)]
    for stroke in lettering(text, (60, HEIGHT - 17), 9.5, 0.0, random.Random(1)):
        ink(words, stroke, 1.3, 1.0)
    canvas.paint(words, (226, 222, 210))


NOTE_WIDTH, NOTE_HEIGHT = 620, 800


def scanned_note(lines: list[str]) -> bytes:
    """Return a hand-lettered sheet as if scanned: ruled, tilted, folded, stamped."""
    noise, hand = Noise(23), random.Random(5)
    pen: Mask = [[0.0] * NOTE_WIDTH for _ in range(NOTE_HEIGHT)]
    for number, line in enumerate(lines):
        start = (74 + hand.uniform(-5, 5), 96 + number * 36.0)
        for stroke in lettering(line, start, 14.5, 0.75, hand):
            ink(pen, [_tilt(point) for point in stroke], 1.9, hand.uniform(0.72, 0.95))
    stamp = _stamp("DEMONSTRATION", "FICTION")
    pixels = bytearray()
    for y in range(NOTE_HEIGHT):
        for x in range(NOTE_WIDTH):
            paper = _paper(x, y, noise) + hand.gauss(0, 2.2)
            mark = max(pen[y][x], stamp[y][x] * (0.35 + 0.6 * noise.at(x / 3.0, y / 3.0)))
            tone = paper * (1.0 - mark) + 44 * mark
            pixels.append(level(round(tone / 6) * 6.0))
    return png(NOTE_WIDTH, NOTE_HEIGHT, 1, bytes(pixels))


def _tilt(point: Point) -> Point:
    x, y = point
    return x - (y - 400) * 0.018, y + (x - 310) * 0.018


def _paper(x: int, y: int, noise: Noise) -> float:
    """Tone of the empty sheet: scanner lid at the edges, ruling, one fold, two punched holes."""
    across, down = x + (y - 400) * 0.018, y - (x - 310) * 0.018
    if not (22 < across < 600 and 16 < down < 786):
        return 52 + 26 * noise.cloud(x / 30, y / 30, 2)
    tone = 226 + 16 * noise.cloud(x / 90, y / 90, 4)
    tone -= 30 * smooth(40, 22, across) + 26 * smooth(590, 600, across)
    if abs((down - 120) % 36 - 0.5) < 0.8 and down > 70:
        tone -= 24
    if abs(across - 60) < 0.8:
        tone -= 30
    tone -= 22 * math.exp(-abs(down - 403) / 2.5) - 10 * math.exp(-abs(down - 409) / 4)
    for hole in (270.0, 530.0):
        away = math.hypot(across - 40, down - hole)
        tone -= 150 * smooth(9.5, 8.0, away)
    return tone


def _stamp(upper: str, lower: str) -> Mask:
    shape: Mask = [[0.0] * NOTE_WIDTH for _ in range(NOTE_HEIGHT)]
    still = random.Random(3)
    strokes = [
        *lettering(upper, (14, 12), 17, 0.2, still),
        *lettering(lower, (64, 38), 17, 0.2, still),
    ]
    strokes.append([(0, 0), (226, 0), (226, 66), (0, 66), (0, 0)])
    turn = math.radians(-11)
    for stroke in strokes:
        turned = [
            (
                350 + x * math.cos(turn) - y * math.sin(turn),
                690 + x * math.sin(turn) + y * math.cos(turn),
            )
            for x, y in stroke
        ]
        ink(shape, turned, 3.0, 0.8)
    return shape

"""The demonstration's own evidence: as committed, as drawn, and honest about itself."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from demo.winter_2018 import drawing, make_evidence, sketch

FOLDER = Path(__file__).resolve().parents[2] / "demo" / "winter_2018"
EVIDENCE = FOLDER / "evidence"
WRITTEN = [name for name in make_evidence.MAKERS if not name.endswith(".png")]
DRAWN = [name for name in make_evidence.MAKERS if name.endswith(".png")]


def test_the_committed_files_have_the_committed_sums() -> None:
    sums = (EVIDENCE / make_evidence.SUMS).read_text(encoding="ascii")
    assert sums == make_evidence.sums(EVIDENCE)


def test_the_folder_holds_these_files_and_no_others() -> None:
    names = {file.name for file in EVIDENCE.iterdir()}
    assert names == make_evidence.MAKERS.keys() | {make_evidence.SUMS}
    assert sum(file.stat().st_size for file in EVIDENCE.iterdir()) < 1_000_000


def test_the_case_takes_in_every_file_once() -> None:
    read = yaml.safe_load((FOLDER / "case.yaml").read_text(encoding="utf-8"))
    taken = [s["value"]["file"] for s in read["statements"] if "file" in s["value"]]
    assert sorted(taken) == sorted(make_evidence.MAKERS)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_written_file_is_what_its_maker_writes(name: str, tmp_path: Path) -> None:
    assert make_evidence.main([str(tmp_path), name]) == 0
    assert (tmp_path / name).read_bytes() == (EVIDENCE / name).read_bytes()
    assert not (tmp_path / make_evidence.SUMS).exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_file_has_the_pixels_its_maker_draws(name: str) -> None:
    assert pixels(make_evidence.MAKERS[name]()) == pixels((EVIDENCE / name).read_bytes())


@pytest.mark.parametrize("name", WRITTEN)
def test_a_written_file_calls_itself_a_demonstration(name: str) -> None:
    assert "demonstration" in (EVIDENCE / name).read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_file_carries_no_metadata_but_what_it_is(name: str) -> None:
    found = chunks((EVIDENCE / name).read_bytes())
    assert [kind for kind, _ in found] == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    assert b"drawn by program" in found[1][1]


def test_the_maker_refuses_a_file_it_does_not_know(tmp_path: Path) -> None:
    assert make_evidence.main([str(tmp_path), "portrait.jpg"]) == 2
    assert make_evidence.main([]) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_sketch_is_an_image_with_a_title_and_the_warning() -> None:
    root = ElementTree.fromstring(sketch.sketch_map(random.Random(1)))  # noqa: S314  our own text
    texts = [text for element in root.iter() if (text := element.text or "").strip()]
    assert root.get("role") == "img"
    assert any("not to scale" in text for text in texts)
    assert "neighbour" not in " ".join(texts).lower()


def test_a_square_covers_its_own_area_and_no_more() -> None:
    cover = drawing.mask(10, 10, [(2.5, 2.0), (6.5, 2.0), (6.5, 5.0), (2.5, 5.0)])
    assert sum(map(sum, cover)) == pytest.approx(12.0)
    assert cover[3][2] == pytest.approx(0.5)
    assert cover[3][4] == pytest.approx(1.0)
    assert cover[6] == [0.0] * 10


def test_noise_stays_between_none_and_all_and_repeats_for_a_seed() -> None:
    places = [(x / 3 - 20, y / 7 - 9) for x in range(40) for y in range(40)]
    first = [drawing.Noise(4).cloud(*place) for place in places[:50]]
    noise = drawing.Noise(4)
    assert first == [noise.cloud(*place) for place in places[:50]]
    assert all(0.0 <= noise.at(*place) <= 1.0 for place in places)


def test_a_picture_is_read_back_as_it_was_drawn() -> None:
    grey = bytes(range(60))
    assert pixels(drawing.png(10, 6, 1, grey)) == grey
    assert pixels(drawing.png(5, 4, 3, grey)) == grey


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, each with its checksum verified."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + size
    return found


def pixels(data: bytes) -> bytes:
    """The pixels of a PNG whose rows are all filtered by the row above."""
    parts = dict(chunks(data))
    wide, _, _, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    stride = wide * {0: 1, 2: 3}[colour]
    raw, above, rows = zlib.decompress(parts[b"IDAT"]), bytes(stride), []
    for start in range(0, len(raw), stride + 1):
        assert raw[start] == 2
        line = raw[start + 1 : start + 1 + stride]
        above = bytes((a + b) & 255 for a, b in zip(line, above, strict=True))
        rows.append(above)
    return b"".join(rows)

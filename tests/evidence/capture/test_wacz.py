"""The file of a capture: the same bytes each time, sound for its judges, with all that was seen."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.evidence.capture.pages import PNG
from tests.evidence.capture.seen import BODY, PAGE, exchange, seen
from unburnt.core.errors import ForeignDataError
from unburnt.evidence.capture import wacz, wacz_reading, warc, warc_reading
from unburnt.evidence.capture.record import View, media_digest, plain_text, record, text_digest
from unburnt.evidence.capture.warc_reading import Record, payload

pytest.importorskip("warcio", reason="the extra capture is not installed")
pytest.importorskip("cdxj_indexer", reason="the extra capture is not installed")

DATA = wacz.write(seen())


def found(data: bytes = DATA) -> dict[tuple[str, str], Record]:
    return {(one.type, one.uri): one for one in wacz_reading.records(data)}


def test_the_same_capture_gives_the_same_bytes() -> None:
    assert wacz.write(seen()) == DATA


def test_our_own_reader_finds_nothing_wrong() -> None:
    package = wacz_reading.read(DATA)
    assert (package.main_url, package.title) == (PAGE, "Пост")
    assert package.software.startswith("unburnt ")
    assert (package.records, package.unchecked) == (15, ())


def test_bodies_come_back_as_they_were_served() -> None:
    records = found()
    assert payload(records["response", PAGE]) == BODY
    assert payload(records["response", "https://example.org/a.png"]) == PNG
    assert payload(records["resource", warc.PICTURE + PAGE]) == PNG
    assert payload(records["resource", warc.PDF + PAGE]) == b"%PDF-1.4"
    assert payload(records["resource", warc.DOM + PAGE]).decode() == "<p>после</p>"
    assert payload(records["resource", warc.TEXT + PAGE]).decode() == "Сожжём.\nи ещё"


def test_headers_of_the_wire_stand_aside() -> None:
    head = found()["response", PAGE].block.partition(b"\r\n\r\n")[0].decode().splitlines()
    assert head[0] == "HTTP/1.1 200 OK"
    assert "X-Archive-Orig-Content-Encoding: br" in head
    assert f"Content-Length: {len(BODY)}" in head
    assert "Set-Cookie: a=1 b=2" in head
    assert not any(line.startswith("Content-Encoding") for line in head)


def test_a_request_stands_with_its_response_and_the_address_of_the_server() -> None:
    records = found()
    asked, answered = records["request", PAGE], records["response", PAGE]
    assert asked.headers["warc-concurrent-to"] == answered.headers["warc-record-id"]
    assert answered.headers["warc-ip-address"] == "203.0.113.9"
    assert asked.block.startswith(b"GET /post/1 HTTP/1.1\r\nUser-Agent: common\r\n")


def test_what_was_not_kept_is_marked() -> None:
    late = found()["response", "https://example.org/late"]
    assert late.headers["warc-truncated"] == "unspecified"
    assert ("response", "http://10.0.0.7/x") not in found()
    assert ("request", "http://10.0.0.7/x") in found()


def test_the_capture_record_says_how_it_was_made() -> None:
    said = json.loads(payload(found()["resource", warc.RECORD + PAGE]))
    assert said == record(seen())
    assert said["redirects"] == [
        {"url": "https://example.org/p/1", "status": 302, "location": "/post/1"}
    ]
    assert (said["status"], said["serverAddress"], said["exit"]) == (200, "203.0.113.9", "direct")
    assert said["refused"] == [{"host": "10.0.0.7", "port": 80, "why": "private"}]
    assert said["certificates"]["https://example.org"][0]["der"] == "3003646572"
    assert "Bodies are what the browser decoded" in said["bodies"]
    assert "word of whoever captured it" in said["authorship"]


def test_the_specification_shows_every_field_of_the_record() -> None:
    spec = Path(__file__).resolve().parents[3] / "docs" / "spec" / "capture.md"
    example = spec.read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    assert json.loads(example).keys() == record(seen()).keys()


def test_a_page_that_says_strange_things_is_kept_all_the_same() -> None:
    strange = seen(
        view=View("\x00\ud800\u202e", "\ud83d\x1b[2J" * 3, "\ud800"),
        exchanges=(
            exchange(
                PAGE,
                status_text="OK\r\nX-Forged: \xff\x1b[31m",
                response_headers=(("Bad name\r\n", "v\r\n\r\nWARC/1.1"), ("X", "имя")),
                request_headers=(
                    ("\xffname", "a; b=\xe9"),
                    ("A", "\x00\r\nB: 1"),
                ),
            ),
        ),
    )
    data = wacz.write(strange)
    wacz_reading.read(data)
    assert payload(found(data)["response", PAGE]) == BODY


@pytest.mark.slow
def test_every_flipped_byte_is_refused() -> None:
    for at in range(len(DATA)):
        damaged = bytearray(DATA)
        damaged[at] ^= 1 << (at % 8)
        with pytest.raises(ForeignDataError):
            wacz_reading.read(bytes(damaged), roots=())


def test_digests_tell_words_and_pictures_apart() -> None:
    first, words = seen(), seen(view=View("Пост", "Сожжём!"))
    assert text_digest(first) != text_digest(words)
    assert media_digest(first) == media_digest(words)
    assert text_digest(first) == text_digest(seen(view=View("x", " Сожжём.\nи  ещё\n\n")))
    without = seen(exchanges=first.exchanges[:2])
    assert media_digest(first) != media_digest(without)
    assert plain_text("a\u0301  b\r\n\n c") == "á b\nc"


def test_the_stock_programs_agree(tmp_path: Path) -> None:
    """warcio checks every digest of the WARC."""
    with zipfile.ZipFile(io.BytesIO(DATA)) as opened:
        assert all(one.compress_type == zipfile.ZIP_STORED for one in opened.infolist())
        path = Path(opened.extract(wacz.WARC, tmp_path))
    words = [sys.executable, "-W", "ignore", "-m", "warcio.cli", "check", "-v", str(path)]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("digest pass") == 15
    assert "no digest" not in checked.stdout


@pytest.mark.slow
def test_wacz_validate_agrees(tmp_path: Path) -> None:
    """The validator of the WACZ specification's authors."""
    pytest.importorskip("wacz", reason="the package wacz is not installed")
    path = tmp_path / "a.wacz"
    path.write_bytes(DATA)
    words = [sys.executable, "-W", "ignore", "-c", _VALIDATE, "validate", "-f", str(path)]
    judged = subprocess.run(words, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "Validation succeeded" in judged.stdout


_VALIDATE = "import sys; from wacz.main import main; sys.exit(main(sys.argv[1:]))"


def test_the_archive_alone_is_sound_too() -> None:
    assert len(list(warc_reading.records(warc.write(seen())))) == 15

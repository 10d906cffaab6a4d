"""The child reads hostile files; whatever becomes of it, the parent goes on and nothing leaks."""

from __future__ import annotations

import http.server
import io
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.evidence import media_files as files
from tests.shared_data import shared
from tests.stock import stock
from unburnt.core.errors import ForeignDataError
from unburnt.evidence import credentials, examine_child, examiner
from unburnt.evidence.examiner import Examiner
from unburnt.evidence.findings import Report
from unburnt.evidence.media_libraries import library

pytestmark = pytest.mark.slow  # starts a process for each


@pytest.fixture(scope="module")
def child() -> Iterator[Examiner]:
    with Examiner() as made:
        yield made


def asked(child: Examiner, data: bytes, step: str, kind: str, start: int = 0) -> Report:
    with child.file() as put:
        put(data)
    return child.ask(step, kind, start)


def values(report: Report) -> dict[str, str]:
    return {
        one.property: str(next(iter(one.value.values())))
        for one in report.findings
        if one.property != "metadata"
    }


# --- good files -----------------------------------------------------------------------------------


def test_a_picture_has_a_size_a_look_and_a_thumbnail(child: Examiner) -> None:
    photo = files.with_exif(files.exif_with_time())
    found = values(asked(child, photo, "metadata", "image/jpeg"))
    assert found == {"width": "64", "height": "48", "capturedAt": "2018-01-22T21:15:07"}
    report = asked(child, photo, "look", "image/jpeg")
    (made,) = report.derived
    with Image.open(io.BytesIO(made.data)) as small:
        assert (small.size, small.format) == ((64, 48), "JPEG")
        assert not small.getexif()
    assert b"2018" not in made.data


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_picture_saved_again_smaller_looks_alike(child: Examiner, form: str) -> None:
    one, other = files.picture("PNG", (320, 240), 5), files.picture(form, (160, 120), 5)
    strange = files.picture("PNG", (320, 240), 6)
    looks = [
        values(asked(child, data, "look", "image/png"))["perceptualHash"]
        for data in (one, other, strange)
    ]
    distances = [(int(looks[0], 16) ^ int(look, 16)).bit_count() for look in looks[1:]]
    assert distances[0] <= 4
    assert distances[1] > 10


def test_a_pdf_has_pages_and_text(child: Examiner) -> None:
    found = values(asked(child, files.pdf(), "text", "application/pdf"))
    assert found == {"pageCount": "1", "bodyText": "A statement of a neighbour"}


def test_a_long_text_is_derived_whole_and_its_beginning_said(child: Examiner) -> None:
    whole = "дом сожгли\n" * 10_000
    report = asked(child, whole.encode(), "text", "text/plain")
    (made,) = report.derived
    assert made.data == whole.encode()
    (said,) = report.findings
    assert whole.startswith(said.value["text"])
    assert said.locator is not None
    assert said.locator["characters"].startswith("0-")


@pytest.mark.stock
@pytest.mark.slow
def test_a_film_has_a_length_and_a_still(child: Examiner, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    source = "testsrc=duration=2:size=320x180:rate=5"
    claims = ("creation_time=2018-01-22T10:00:00Z", "location=+43.3169+045.6981/")
    words = [stock("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p"]
    for claim in claims:
        words += ["-metadata", claim]
    subprocess.run([*words, str(film)], check=True)
    found = values(asked(child, film.read_bytes(), "film", "video/mp4"))
    assert found["duration"] == "2"
    assert (found["width"], found["height"]) == ("320", "180")
    assert found["capturedAt"] == "2018-01-22T10:00:00Z"
    assert "'lat': '43.3169'" in found["capturePlace"]
    assert child.ask("still", "video/mp4").derived[0].kind == "thumbnail"


@pytest.mark.stock
@pytest.mark.slow
def test_words_in_a_scanned_page_are_recognised(child: Examiner) -> None:
    stock("tesseract")
    report = asked(child, files.pdf("WITNESS OF 2018"), "ocr", "application/pdf")
    (made,) = report.derived
    assert made.data == b"WITNESS OF 2018"
    assert "recognised as" in made.operations


# --- hostile files --------------------------------------------------------------------------------


def test_a_picture_of_two_milliards_of_pixels_is_not_decoded(child: Examiner) -> None:
    bomb = files.png(50_000, 50_000, bytes(10**6))
    for step in ("metadata", "look", "ocr"):
        report = asked(child, bomb, step, "image/png")
        assert not report.findings
        assert not report.derived
        assert "megapixels" in report.failures[0].why or "tesseract" in report.failures[0].why


@pytest.mark.slow
def test_a_pdf_that_unpacks_to_400_mib_ends_in_time_and_memory(child: Examiner) -> None:
    before = time.monotonic()
    report = asked(child, files.pdf_bomb(), "text", "application/pdf")
    assert time.monotonic() - before < 60
    assert len(report.findings) <= 2


@pytest.mark.parametrize("exif", files.ABSURD.values(), ids=files.ABSURD.keys())
def test_absurd_exif_costs_nothing_but_its_claims(child: Examiner, exif: bytes) -> None:
    found = values(asked(child, files.with_exif(exif), "metadata", "image/jpeg"))
    assert {"width", "height"} <= found.keys()
    assert "capturePlace" not in found
    assert asked(child, files.with_exif(exif), "look", "image/jpeg").derived


STEPS = {
    "JPEG": (files.with_exif(files.exif_with_time()), "image/jpeg", ("metadata", "look")),
    "PNG": (files.picture("PNG"), "image/png", ("metadata", "look")),
    "PDF": (files.pdf(), "application/pdf", ("text",)),
    "ZIP": (files.zipped({"a": b"x" * 500, "b": b"y" * 500}), "application/zip", ("members",)),
    "tar": (files.tarred({"a": b"x" * 500, "b": b"y"}), "application/gzip", ("members",)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("data", "kind", "steps"), STEPS.values(), ids=STEPS.keys())
def test_what_is_cut_at_any_twentieth_ends_in_facts_or_a_reason(
    child: Examiner, data: bytes, kind: str, steps: tuple[str, ...]
) -> None:
    for part in range(20):
        for step in steps:
            report = asked(child, data[: len(data) * part // 20], step, kind)
            assert report.findings or report.failures or report.derived, (step, part)
            assert all("crashed" not in one.why for one in report.failures)


BOMBS = {
    "a member of a thousand times its size": files.zipped({"a": bytes(20 << 20)}),
    "more members than are taken": files.zipped({str(n): b"" for n in range(2001)}),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_of_a_bomb_nothing_is_taken(child: Examiner, bomb: bytes) -> None:
    for start in (0, 2000):
        report = asked(child, bomb, "members", "application/zip", start)
        assert not report.findings
        assert not report.derived
        assert "archive holds" in report.failures[0].why


def test_a_header_that_lies_about_its_length_gives_no_more_than_it_says(child: Examiner) -> None:
    honest = files.zipped({"a": b"x" * 5000})
    lying = honest.replace(struct.pack("<I", 5000), struct.pack("<I", 10))
    report = asked(child, lying, "members", "application/zip")
    assert all(len(one.data) <= 10 for one in report.derived)


def test_names_inside_are_words_and_links_are_left_out(child: Examiner) -> None:
    names = {"../../etc/cron": b"a", "/etc/b": b"b", "..": b"c", "a\x1b[2J": b"d"}
    report = asked(child, files.tarred(names, links=("passwd",)), "members", "application/gzip")
    assert [one.name for one in report.derived] == [
        "../../etc/cron",
        "/etc/b",
        "member 3",
        "a\\x1b[2J",
    ]
    assert [one.why for one in report.failures] == [
        "Member 5 is left out: it is a link or a device."
    ]


def test_many_members_come_in_several_answers(child: Examiner) -> None:
    members = {str(n): bytes([n]) * (5 << 20) for n in range(6)}
    data = files.tarred(members, "w")
    first = asked(child, data, "members", "application/x-tar")
    assert first.next == 4
    second = child.ask("members", "application/x-tar", 4)
    assert second.next is None
    assert [one.name for one in (*first.derived, *second.derived)] == list(members)


# --- the child itself -----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other guards")
def test_the_memory_of_the_parent_is_closed_to_programs_of_the_same_user() -> None:
    asked = "import ctypes; from unburnt.evidence.examiner import Examiner; Examiner().close();"
    asked += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout
    assert said.split() == [b"0"]


def test_the_child_killed_in_the_middle_costs_one_answer() -> None:
    with Examiner() as child:
        assert asked(child, files.picture(), "metadata", "image/jpeg").findings
        first = child.child
        assert first is not None
        os.kill(first, signal.SIGKILL)
        report = child.ask("metadata", "image/jpeg")
        assert report.failures[0].why == "Could not be examined: the reading program crashed."
        assert child.ask("metadata", "image/jpeg").findings
        assert child.child != first


def test_a_child_that_takes_too_long_is_ended_with_its_worker() -> None:
    with Examiner(patience=0.0) as child:
        report = asked(child, files.picture(), "look", "image/jpeg")
        assert report.failures[0].why == "Could not be examined: it took too long."
        assert child.child is None


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Examiner() as child:
        asked(child, files.picture(), "look", "image/jpeg")
        folder, process = Path(child._folder), child.child
        assert folder.is_dir()
    assert not folder.exists()
    assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_child_can_only_read_the_original_and_knows_no_secret(
    child: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNBURNT_PASSPHRASE_FILE", "/somewhere/secret")
    asked(child, files.picture(), "metadata", "image/jpeg")
    surroundings = Path(f"/proc/{child.child}/environ")
    if not surroundings.exists():
        pytest.skip("this system does not show the surroundings of a process")
    assert b"UNBURNT" not in surroundings.read_bytes()
    with pytest.raises(OSError, match=r".*"):
        os.write(child._readable, b"x")


def test_an_original_beyond_the_limit_is_refused(
    child: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "MAX_EXAMINED", 1000)
    with child.file() as put:
        put(bytes(600))
        with pytest.raises(ForeignDataError):
            put(bytes(600))


def test_a_worker_gets_no_more_memory_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_child, "_bound", _narrow)
    monkeypatch.setitem(examine_child.STEPS, "look", lambda request: bytearray(2**30))
    file = os.memfd_create("original")
    request = {"step": "look", "kind": "image/png", "start": 0, "anchors": None}
    spelled, _ = examine_child._in_worker(file, request)
    os.close(file)
    assert "more memory" in json.loads(spelled)["failures"][0]["why"]


_bound = examine_child._bound


def _narrow(seconds: int) -> None:
    examine_child.MEMORY = 900 * 2**20
    _bound(seconds)


@pytest.mark.slow
def test_a_worker_that_ends_badly_is_told_by_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    file = os.memfd_create("original")
    request = {"step": "look", "kind": "image/png", "start": 0, "anchors": None}
    late = {"signal 14", "signal 24"}  # on a busy machine the clock is the sooner one
    for end, told in ((lambda _: os.kill(os.getpid(), 9), {"signal 9"}), (_spin, late)):
        monkeypatch.setitem(examine_child.STEPS, "look", end)
        monkeypatch.setattr(examine_child, "_PROCESSOR", 1)
        spelled, _ = examine_child._in_worker(file, request)
        assert json.loads(spelled)["died"] in told
    os.close(file)


def _spin(request: object) -> None:
    while True:
        pass


# --- content credentials --------------------------------------------------------------------------

VERDICTS = {
    "C.jpg": "c2pa-good",
    "CA.jpg": "c2pa-good",
    "CACA.jpg": "c2pa-good",
    "boxhash.jpg": "c2pa-good",
    "update_manifest.jpg": "c2pa-good",
    "ocsp.jpg": "c2pa-untrusted-signer",
    "XCA.jpg": "c2pa-edited",
    "E-sig-CA.jpg": "c2pa-bad-signature",
    "cloud.jpg": "c2pa-elsewhere",
    "no_alg.jpg": "c2pa-unreadable",
    "tiff_poc.tiff": "c2pa-unreadable",
    "no_manifest.jpg": "c2pa-none",
    "earth_apollo17.jpg": "c2pa-none",
    "sample1.avif": "c2pa-none",
    "sample1.svg": "c2pa-none",
    "test.webp": "c2pa-none",
    "basic.pdf": "c2pa-none",
}
_KINDS = {
    "jpg": "image/jpeg",
    "tiff": "image/tiff",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "pdf": "application/pdf",
}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_the_published_credentials_are_judged_as_published(
    child: Examiner, name: str, verdict: str
) -> None:
    data = shared(f"evidence/c2pa/{name}").read_bytes()
    anchors = shared("evidence/c2pa/certs/test_cert_root_bundle.pem").read_text()
    with child.file() as put:
        put(data)
    kind = _KINDS[name.rpartition(".")[2]]
    trusted = child.ask("credentials", kind, anchors=anchors)
    assert trusted.findings[0].value["term"] == verdict
    if verdict == "c2pa-good":  # the same without a trust list
        unknown = child.ask("credentials", kind)
        assert unknown.findings[0].value["term"] == "c2pa-untrusted-signer"
        assert "signer: C2PA Signer" in unknown.findings[0].value["note"]
        assert "made with: " in unknown.findings[0].value["note"]


_SUSPECT = ("c2pa-edited", "c2pa-bad-signature", "c2pa-unreadable")


@pytest.mark.shared
def test_a_byte_changed_in_the_picture_or_the_claim_is_noticed(child: Examiner) -> None:
    data = shared("evidence/c2pa/C.jpg").read_bytes()
    anchors = shared("evidence/c2pa/certs/test_cert_root_bundle.pem").read_text()
    picture = 45_904  # where the manifest ends; the room left inside it is not signed
    claim = data.index(b"claim_generator")
    for place in (claim, *range(picture, len(data), len(data) // 10), len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        with child.file() as put:
            put(bytes(changed))
        report = child.ask("credentials", "image/jpeg", anchors=anchors)
        assert report.findings[0].value["term"] in _SUSPECT, place


EXIF = {
    "jpg_Canon_40D.jpg": {"capturedAt": "2008-05-30T15:56:01"},
    "jpg_Nikon_D70.jpg": {"capturedAt": "2008-03-15T09:52:01"},
    "jpg_gps_DSCN0010.jpg": {"capturedAt": "2008-10-22T16:28:39", "lat": "43.467448"},
    "jpg_Kodak_CX7530.jpg": {"capturedAt": "2005-08-13T09:47:23", "lat": "-0.3713"},
    "jpg_orientation_landscape_6.jpg": {"orientation": "6"},
    "jpg_xmp_no_exif.jpg": {"width": "322"},
    "heic_samplefilehub.heif": {"width": "640"},
    "tiff_Arbitro.tiff": {"width": "174"},
    **{
        f"jpg_invalid_image{number}.jpg": {"width": width}
        for number, width in (
            *(("00971", "636"), ("01088", "425"), ("01137", "88"), ("01551", "61")),
            *(("01713", "49"), ("01980", "284"), ("02206", "65")),
        )
    },
}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "expected"), EXIF.items())
def test_the_published_pictures_say_what_is_known_of_them(
    child: Examiner, name: str, expected: dict[str, str]
) -> None:
    data = shared(f"evidence/exif/{name}").read_bytes()
    report = asked(child, data, "metadata", "image/jpeg")
    found = values(report)
    if "capturePlace" in found:
        (place,) = (one.value["place"] for one in report.findings if "place" in one.value)
        found["lat"] = place["lat"]
    assert {key: found.get(key) for key in expected} == expected
    assert report.failures == ()
    assert child.ask("look", "image/jpeg").derived


# --- no network -----------------------------------------------------------------------------------


@contextmanager
def beacon() -> Iterator[tuple[bytes, list[str]]]:
    """A server on this machine, its address, and what it was asked for."""
    hits: list[str] = []

    class Beacon(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Beacon)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/".encode(), hits
    finally:
        server.shutdown()
        server.server_close()


def naming(url: bytes) -> bytes:
    """A picture whose manifest lies at that address."""
    data = shared("evidence/c2pa/cloud.jpg").read_bytes()
    start = data.index(b"https://cai-manifests.adobe.com/manifests/")
    end = data.index(b'"', start)
    return data[:start] + url + b"a" * (end - start - len(url)) + data[end:]


@pytest.mark.shared
def test_a_manifest_that_lies_on_a_server_is_not_fetched(child: Examiner) -> None:
    with beacon() as (url, hits):
        report = asked(child, naming(url), "credentials", "image/jpeg")
        here = credentials.credentials(io.BytesIO(naming(url)), "image/jpeg", None)
    for found in (report, here):  # in the child, and where the system closes no network
        assert found.findings[0].value["term"] == "c2pa-elsewhere"
    assert hits == []


@pytest.mark.shared
def test_the_same_picture_would_be_asked_for_without_our_settings() -> None:
    with beacon() as (url, hits), suppress(Exception):
        library("c2pa").Reader("image/jpeg", io.BytesIO(naming(url)))
    assert hits


def test_the_system_keeps_the_child_off_the_network_where_it_can(child: Examiner) -> None:
    asked(child, files.picture(), "metadata", "image/jpeg")
    if child.network_closed is not True:
        pytest.skip("this system gives no network of its own to a program")
    interfaces = Path(f"/proc/{child.child}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]

"""The system's Chromium against pages that make capturing hard; all on this machine."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.evidence.capture.pages import PNG, STORY, Pages
from tests.stock import stock
from tests.storage.socks_server import SocksServer
from unburnt.core.errors import MediumError, UsageError
from unburnt.evidence.capture import wacz, wacz_reading, warc
from unburnt.evidence.capture.browser import Options, capture
from unburnt.evidence.capture.gate import Limits
from unburnt.evidence.capture.record import Seen, Settings
from unburnt.evidence.capture.warc_reading import payload

pytestmark = [pytest.mark.slow, pytest.mark.stock]


def no_names(host: str, port: int) -> list[str]:
    """Resolve as a machine without a network does."""
    raise OSError


QUICK = Options(
    private=frozenset({"127.0.0.1"}),
    limits=Limits(seconds=30, load_seconds=10, scrolls=4),
    resolve=no_names,
)


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    stock("chromium")
    pytest.importorskip("playwright", reason="the extra capture is not installed")
    with Pages() as serving:
        yield serving


def look(pages: Pages, path: str, options: Options = QUICK, host: str = "127.0.0.1") -> Seen:
    return capture(pages.url(path, host), "a test", options)


def statuses(seen: Seen) -> dict[str, int]:
    return {one.url.partition("//")[2].partition("/")[2]: one.status for one in seen.exchanges}


def test_a_page_comes_with_all_that_was_seen(pages: Pages, tmp_path: Path) -> None:
    seen = look(pages, "/story")
    assert seen.view.title == "A car was burnt"
    assert "Сгорела машина" in seen.view.text
    assert seen.view.picture is not None
    assert seen.view.picture.startswith(b"\x89PNG")
    assert seen.view.pdf is not None
    assert seen.view.pdf.startswith(b"%PDF")
    assert (seen.failures, seen.private) == ((), ("127.0.0.1",))
    assert {why for _, _, why in seen.refused} <= {"not asked for by the page"}
    assert seen.sandboxed == (os.geteuid() != 0)
    data = wacz.write(seen)
    wacz_reading.read(data)
    records = {(one.type, one.uri): one for one in wacz_reading.records(data)}
    assert payload(records["response", pages.url("/story")]) == STORY.encode()
    assert payload(records["response", pages.url("/near.png")]) == PNG
    assert records["response", pages.url("/story")].headers["warc-ip-address"] == "127.0.0.1"
    dom = payload(records["resource", warc.DOM + seen.final]).decode()
    assert "<h1>Сгорела машина</h1>" in dom


def test_redirects_are_followed_and_recorded(pages: Pages) -> None:
    seen = look(pages, "/moved")
    assert seen.final == pages.url("/story")
    assert [one.url for one in seen.redirects] == [pages.url("/moved"), pages.url("/moved-again")]
    assert seen.main is not None
    assert (seen.main.status, seen.main.body) == (200, STORY.encode())


def test_lazy_pictures_frames_and_scripts_are_waited_for(pages: Pages) -> None:
    assert statuses(look(pages, "/lazy"))["far.png"] == 200
    framed = look(pages, "/framed")
    assert "inner words" in framed.view.text
    assert [one.kind for one in framed.exchanges] == ["document", "frame"]
    scripted = look(pages, "/scripted")
    assert (scripted.view.text, scripted.view.title) == ("from a script", "after")
    assert "from a script" in (scripted.view.dom or "")


def test_an_endless_page_ends(pages: Pages) -> None:
    seen = look(pages, "/endless")
    assert "scrolling: the page goes on; its end was not reached" in seen.failures


def test_a_picture_has_a_height(pages: Pages) -> None:
    limits = replace(QUICK.limits, height=1000)
    seen = look(pages, "/lazy", replace(QUICK, limits=limits))
    assert any(one.startswith("picture: cut at 1000 of") for one in seen.failures)
    assert int.from_bytes((seen.view.picture or b"")[20:24]) == 1000


def test_what_a_page_asks_of_inner_machines_is_refused_and_recorded(pages: Pages) -> None:
    seen = look(pages, "/inside")
    refused = {host: why for host, _, why in seen.refused}
    assert refused["10.1.2.3"] == "private"
    assert refused["169.254.169.254"] == "link-local"
    assert refused["192.168.1.1"] == "not asked for by the page", "by a web socket"
    assert refused["10.9.9.9"] == "private", "after a redirect of a frame"
    assert refused["outside.test"] == "no such name"
    assert seen.view.text == "words"
    assert len(seen.failures) >= 5


def test_a_page_that_leads_inside_is_not_fetched(pages: Pages) -> None:
    with pytest.raises(MediumError, match=r"10\.9\.9\.9: private"):
        look(pages, "/to-inside")


def test_an_inner_host_is_refused_before_the_browser_starts(pages: Pages) -> None:
    asked = len(pages.asked)
    with pytest.raises(UsageError, match="this machine"):
        look(pages, "/story", Options())
    with pytest.raises(UsageError, match="inner network"):
        look(pages, "/story", Options(), host="localhost")
    assert len(pages.asked) == asked


def test_a_name_that_changes_its_answer_meets_the_first_address(pages: Pages) -> None:
    answers = iter(["127.0.0.1", "10.0.0.1"])
    options = replace(
        QUICK, private=frozenset({"page.example"}), resolve=lambda host, port: [next(answers)]
    )
    seen = look(pages, "/story", options, host="page.example")
    assert statuses(seen)["near.png"] == 200
    assert next(answers) == "10.0.0.1", "asked once"


CALLING = (
    "<title>Calling</title><p>words</p><script>const call=new RTCPeerConnection({iceServers:["
    "{urls:'stun:127.0.0.1:PORT'},{urls:['turn:127.0.0.1:PORT','turn:127.0.0.2:PORT?transport=tcp'"
    "],username:'a',credential:'b'}]});call.createDataChannel('x');"
    "call.createOffer().then(offer=>call.setLocalDescription(offer))</script><img src=/near.png>"
)


def test_a_page_that_calls_out_by_web_rtc_reaches_nobody_past_the_gate(pages: Pages) -> None:
    with (
        socket.create_server(("127.0.0.2", 0)) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets,
    ):
        port = stream.getsockname()[1]
        packets.bind(("127.0.0.1", port))
        pages.texts["/calling"] = CALLING.replace("PORT", str(port))
        seen = look(pages, "/calling")
        for listening, hear in ((packets, lambda: packets.recv(1)), (stream, stream.accept)):
            listening.settimeout(0.5)
            with pytest.raises(TimeoutError):
                hear()
    assert ("127.0.0.2", port, "not asked for by the page") in seen.refused


FALSE_HEIGHT = "Object.defineProperty(Element.prototype,'scrollHeight',{get(){return %s}})"
HOSTILE = {
    "says that its height is a word": FALSE_HEIGHT % "'x'",
    "says that its height is endless": FALSE_HEIGHT % "1/0",
    "cuts no text": "String.prototype.slice=function(){return 'x'.repeat(6e7)}",
    "has no words but a list": "Array.prototype.join=()=>({slice:()=>[1,{}]})",
    "fills its address": "history.pushState(0,'','/'+'a'.repeat(5000))",
    "fills more than a header holds": "history.pushState(0,'','/'+'a'.repeat(1e5))",
    "has half a letter": "document.title='Hostile'+String.fromCharCode(0xd800)",
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_page_cannot_keep_itself_out_of_its_record(pages: Pages, script: str) -> None:
    pages.texts["/hostile"] = f"<title>Hostile</title><p>the threat</p><script>{script}</script>"
    seen = look(pages, "/hostile")
    assert (seen.view.title[:7], seen.view.text.strip()) == ("Hostile", "the threat")
    assert seen.view.picture is not None
    assert (seen.main and seen.main.status, seen.final) == (200, pages.url("/hostile"))
    wacz_reading.read(wacz.write(seen))


BLOB = "location=URL.createObjectURL(new Blob(['<p>other words'],{type:'text/html'}))"
LEAVING = {
    "for nowhere": ("<script>location='about:blank'</script>", ""),
    "for a page of its own": (f"<script>{BLOB}</script>", "other words"),
    "for nowhere, later": ("<script>setTimeout(()=>location='about:blank',500)</script>", ""),
    "for a page of its own, later": (f"<script>setTimeout(()=>{BLOB},500)</script>", "other words"),
    "for nowhere, without a script": ("<meta http-equiv=refresh content='0;url=about:blank'>", ""),
    "for what is not allowed": ("<script>location='data:text/html,<p>x'</script>", "the threat"),
}


@pytest.mark.parametrize(("how", "words"), LEAVING.values(), ids=LEAVING.keys())
def test_a_page_that_leaves_for_no_address_was_there(pages: Pages, how: str, words: str) -> None:
    pages.texts["/leaving"] = text = f"<p>the threat</p>{how}"
    asked = len(pages.asked)
    seen = look(pages, "/leaving")
    assert seen.main is not None
    assert (seen.main.status, seen.main.body, seen.final) == (
        200,
        text.encode(),
        pages.url("/leaving"),
    )
    again = any("it was asked for again" in one for one in seen.failures)
    assert pages.asked[asked:].count("/leaving") == 1 + again
    assert seen.view.text.strip() in ("the threat", words)
    if seen.view.text.strip() != "the threat":
        assert any("looks as it did there: " in one for one in seen.failures)
    wacz_reading.read(wacz.write(seen))


def test_a_page_that_renames_itself_after_a_redirect_is_not_taken_for_the_redirect(
    pages: Pages,
) -> None:
    seen = look(pages, "/to-renamed")
    assert (seen.main and seen.main.status, seen.final) == (200, pages.url("/other"))


def test_what_a_page_asks_needs_no_spelling_that_a_person_would_use(pages: Pages) -> None:
    asked = f"http://fonts.example:{pages.server_port}/near.png?family=A|B"
    pages.texts["/fonts"] = f"<p>words</p><img src='{asked}'>"
    options = replace(
        QUICK,
        private=frozenset({"127.0.0.1", "fonts.example"}),
        resolve=lambda host, port: ["127.0.0.1"],
    )
    assert statuses(look(pages, "/fonts", options))["near.png?family=A|B"] == 200


def test_a_slow_page_is_kept_as_far_as_it_came(pages: Pages) -> None:
    limits = replace(QUICK.limits, load_seconds=2.0)
    seen = look(pages, "/slow", replace(QUICK, limits=limits))
    assert "slow" in seen.view.text
    assert seen.main is not None
    assert seen.main.body is None
    assert any("it had not ended" in one for one in seen.failures)
    wacz_reading.read(wacz.write(seen))


def test_a_page_that_hangs_is_ended_and_its_answer_kept(pages: Pages) -> None:
    limits = replace(QUICK.limits, seconds=16.0)
    seen = look(pages, "/hanging", replace(QUICK, limits=limits))
    assert seen.main is not None
    assert seen.main.body is not None
    assert any(one.startswith("DOM:") for one in seen.failures)
    wacz_reading.read(wacz.write(seen))


def test_no_file_is_left_behind_whatever_happens(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(MediumError):
        look(pages, "/archive.zip")
    assert list(tmp_path.rglob("*")) == [], "a download that was refused"
    look(pages, "/hanging", replace(QUICK, limits=replace(QUICK.limits, seconds=6.0)))
    assert list(tmp_path.rglob("*")) == [], "a browser that was killed"


def test_limits_of_bytes_hold(pages: Pages) -> None:
    limits = replace(QUICK.limits, download=2**20, load_seconds=5.0)
    seen = look(pages, "/many", replace(QUICK, limits=limits))
    assert "the limit of bytes to download was reached" in seen.failures
    kept = look(pages, "/many", replace(QUICK, limits=replace(QUICK.limits, kept=2**20)))
    assert any("the limit of bytes to keep was reached" in one for one in kept.failures)


def test_what_is_no_page(pages: Pages) -> None:
    words = look(pages, "/words.txt")
    assert (words.view.text, words.failures) == ("only words", ())
    with pytest.raises(MediumError, match="a file to download"):
        look(pages, "/archive.zip")


def test_a_closed_port_is_no_page(pages: Pages) -> None:
    with pytest.raises(MediumError, match="could not be fetched"):
        capture("http://127.0.0.1:6/", "a test", QUICK)


def test_nothing_is_kept_from_one_capture_to_the_next(pages: Pages) -> None:
    look(pages, "/story")
    again = look(pages, "/story")
    assert all(
        "cookie" not in {name.lower() for name, _ in one.request_headers}
        for one in again.exchanges
        if one.kind == "document"
    )
    assert "Headless" not in str(again.exchanges)


def test_the_certificates_are_those_the_browser_saw(pages: Pages, tmp_path: Path) -> None:
    made = [stock("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    made += ["ec_paramgen_curve:P-256", "-nodes", "-keyout", "key", "-out", "cert", "-days", "9"]
    made += ["-subj", "/CN=page.example", "-addext", "subjectAltName=DNS:page.example"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert((tmp_path / "cert").read_text())
    key = x509.load_der_x509_certificate(der).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(info).digest()).decode()
    options = replace(
        QUICK, private=frozenset({"page.example"}), resolve=lambda host, port: ["127.0.0.1"]
    )
    with Pages() as secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        url = f"https://page.example:{secure.server_port}/story"
        with pytest.raises(MediumError, match="ERR_CERT_AUTHORITY_INVALID"):
            capture(url, "a test", options)
        flag = f"--ignore-certificate-errors-spki-list={trusted}"
        seen = capture(url, "a test", replace(options, flags=(flag,)))
    assert seen.chains == ((url.removesuffix("/story"), (der,)),)


def test_a_proxy_is_given_the_name_and_no_name_is_looked_up(pages: Pages) -> None:
    def asked(host: str, port: int) -> list[str]:
        raise AssertionError(f"a resolver was asked for {host}")

    with SocksServer({"page.example": pages.server_port}, {"device": "circuit"}) as server:
        options = replace(QUICK, settings=Settings(proxy=server.setting), resolve=asked)
        seen = capture("http://page.example/story", "a test", options)
    assert (seen.main and seen.main.status, statuses(seen)["near.png"]) == (200, 200)
    assert set(server.heard) == {("page.example", 80, "device")}


def test_a_proxy_that_is_none_is_refused(pages: Pages) -> None:
    for wrong in ("ftp://127.0.0.1:1", "socks5h://tor.example:9050", "socks5://x:y", "tor"):
        with pytest.raises(UsageError, match="proxy"):
            look(pages, "/story", replace(QUICK, settings=Settings(proxy=wrong)))

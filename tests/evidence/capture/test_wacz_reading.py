"""Web archives of others: every known file judged, every trick refused, within bounds."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.errors import ForeignDataError
from unburnt.evidence.capture import wacz_reading, warc_reading
from unburnt.evidence.capture.warc_reading import payload

SOUND_WACZ = {
    "valid_example_1.wacz": 4,
    "valid_example_2.wacz": 4,
    "valid_signed_example_1.wacz": 4,
    "scoop_example.com.wacz": 5,
    "scoop_noarchive.wacz": 5,
}
UNSOUND_WACZ = {
    "invalid_example_1.wacz": "Its version of the format is not known.",
    # Signed with a certificate of a test authority, which nobody trusts.
    "invalid_signed_example_1.wacz": "No authority known here vouches for its signature.",
}
SOUND_WARC = {
    "example.warc": 6,
    "example.warc.gz": 6,
    "example-iana.org-chunked.warc": 3,
    "example-resource.warc.gz": 3,
    "post-test.warc.gz": 6,
}
UNSOUND_WARC = {
    "bad.arc": "It is not a WARC file.",
    "example.arc": "It is not a WARC file.",
    "example-space-in-url.arc": "It is not a WARC file.",
    "example.arc.gz": "A record does not begin with WARC/1.0 or WARC/1.1.",
    "example-bad-non-chunked.warc.gz": "Its records are not packed one by one.",
    "example-bad.warc.gz.bad": "Its records are not packed one by one.",
    "example-digest.warc": "The digest of a record is malformed.",
    "example-space-in-target-uri.warc.gz": "The address of a record has blanks or brackets in it.",
    "example-wget-bad-target-uri.warc.gz": "The address of a record has blanks or brackets in it.",
    "example-trunc.warc": "A record does not end where its length says.",
    "example-wrong-chunks.warc.gz": "It is cut short.",
}


def root() -> x509.Certificate:
    """Return the authority that stands last in the sound signature's chain."""
    with zipfile.ZipFile(shared("evidence/wacz/valid_signed_example_1.wacz")) as opened:
        said = json.loads(opened.read("datapackage-digest.json"))
    return x509.load_pem_x509_certificates(said["signedData"]["domainCert"].encode())[-1]


@pytest.mark.shared
@pytest.mark.parametrize("name", SOUND_WACZ)
def test_a_sound_archive_of_others_is_read(name: str) -> None:
    package = wacz_reading.read(shared(f"evidence/wacz/{name}").read_bytes(), roots=[root()])
    assert package.records == SOUND_WACZ[name]
    assert package.unchecked


@pytest.mark.shared
@pytest.mark.parametrize("name", UNSOUND_WACZ)
def test_an_unsound_archive_of_others_is_refused(name: str) -> None:
    data = shared(f"evidence/wacz/{name}").read_bytes()
    with pytest.raises(ForeignDataError) as refused:
        wacz_reading.read(data, roots=[root()])
    assert UNSOUND_WACZ[name] in refused.value.message


@pytest.mark.shared
@pytest.mark.parametrize("name", SOUND_WARC)
def test_a_sound_warc_is_read(name: str) -> None:
    data = shared(f"evidence/warc/warcio/{name}").read_bytes()
    assert len(list(warc_reading.records(data))) == SOUND_WARC[name]


@pytest.mark.shared
@pytest.mark.parametrize("name", UNSOUND_WARC)
def test_an_unsound_warc_is_refused(name: str) -> None:
    data = shared(f"evidence/warc/warcio/{name}").read_bytes()
    with pytest.raises(ForeignDataError) as refused:
        list(warc_reading.records(data))
    assert UNSOUND_WARC[name] in refused.value.message


@pytest.mark.shared
def test_every_file_of_others_is_judged() -> None:
    names = {path.name for path in shared("evidence/wacz").glob("*.wacz")}
    assert names == SOUND_WACZ.keys() | UNSOUND_WACZ.keys()
    names = {path.name for path in shared("evidence/warc/warcio").iterdir()}
    assert names == SOUND_WARC.keys() | UNSOUND_WARC.keys()


# --- archives made here, without the extra -------------------------------------------------------


def warc(block: bytes = b"words", **fields: str) -> bytes:
    named = {
        "WARC-Type": "resource",
        "WARC-Record-ID": "<urn:uuid:6f6e2f0e-6d7c-5a0e-9c0c-1d6a4b8a0c11>",
        "WARC-Date": "2026-11-22T20:00:00Z",
        "WARC-Target-URI": "https://example.org/",
        "Content-Type": "text/plain",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    head = "\r\n".join(f"{name}: {value}" for name, value in named.items() if value)
    return b"WARC/1.1\r\n" + head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


Files = dict[str, bytes]


def files(archive: bytes | None = None) -> Files:
    data = gzip.compress(warc(), mtime=0) if archive is None else archive
    index = json.dumps({"url": "https://example.org/", "offset": "0", "filename": "data.warc.gz"})
    return {
        "archive/data.warc.gz": data,
        "indexes/index.cdx": b"org,example)/ 20261122200000 " + index.encode() + b"\n",
        "pages/pages.jsonl": b'{"format": "json-pages-1.0"}\n{"url": "https://example.org/"}\n',
    }


def package(content: Files, **more: Any) -> dict[str, Any]:
    listed = [
        {"path": path, "hash": "sha256:" + hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for path, data in content.items()
    ]
    return {"wacz_version": "1.1.1", "software": "other 1", "resources": listed, **more}


def wacz(content: Files | None = None, said: Any = None, packed: int = zipfile.ZIP_STORED) -> bytes:
    content = files() if content is None else content
    said = package(content) if said is None else said
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as made:
        for name, data in {**content, "datapackage.json": text}.items():
            made.writestr(zipfile.ZipInfo(name), data, packed)
    return out.getvalue()


def test_an_archive_made_here_is_sound() -> None:
    assert wacz_reading.read(wacz()).records == 1


def digest_file(said: object) -> Callable[[], bytes]:
    def make() -> bytes:
        text = json.dumps(package(files())).encode()
        data = wacz(said=text)
        out = io.BytesIO(data)
        with zipfile.ZipFile(out, "a") as made:
            digest = "sha256:" + hashlib.sha256(text).hexdigest()
            spelled = json.dumps(said).replace("DIGEST", digest)
            made.writestr(zipfile.ZipInfo("datapackage-digest.json"), spelled)
        return out.getvalue()

    return make


def named(name: str) -> Callable[[], bytes]:
    return lambda: wacz({**files(), name: b"x"})


def listing(change: dict[str, Any], at: int = 0) -> Callable[[], bytes]:
    def make() -> bytes:
        said = package(files())
        said["resources"][at] |= change
        return wacz(said=said)

    return make


def overlapping() -> bytes:
    """Return a zip whose directory lists one local file under two names."""
    data = bytearray(wacz())
    at = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", at + 4)
    data[second + 42 : second + 46] = data[at + 42 : at + 46]
    return bytes(data)


def linked() -> bytes:
    out = io.BytesIO(wacz())
    with zipfile.ZipFile(out, "a") as made:
        entry = zipfile.ZipInfo("link")
        entry.create_system = 3
        entry.external_attr = 0o120777 << 16
        made.writestr(entry, "/etc/passwd")
    return out.getvalue()


def lying(field: int, value: int) -> Callable[[], bytes]:
    """Change a field of the first directory entry, by its offset there."""

    def make() -> bytes:
        data = bytearray(wacz())
        at = data.find(b"PK\x01\x02")
        data[at + field : at + field + 2] = struct.pack("<H", value)
        return bytes(data)

    return make


TRICKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not a zip"),
    "bytes before it": (lambda: b"MZ" + wacz(), "not a zip"),
    "cut in half": (lambda: wacz()[: len(wacz()) // 2], "damaged"),
    "only its first bytes": (lambda: b"PK\x03\x04", "damaged"),
    "a climbing name": (named("../../etc/cron.d/x"), "leads out"),
    "an absolute name": (named("/etc/passwd"), "leads out"),
    "a name of a drive": (named("C:/a"), "leads out"),
    "a name with backslashes": (named("..\\a"), "leads out"),
    "a folder": (named("archive/"), "leads out"),
    "a name that commands": (named("a\x1b[2J"), "malformed"),
    "a name twice": (named("Archive/DATA.warc.gz"), "two files of one name"),
    "a link": (linked, "is a link"),
    "an encrypted file": (lying(8, 1), "encrypted"),
    "a strange packing": (lying(10, 99), "packed in a way"),
    "files that share bytes": (overlapping, "share bytes"),
    "a bomb": (
        lambda: wacz({**files(), "a": bytes(2**22)}, packed=zipfile.ZIP_DEFLATED),
        "unpacks to more",
    ),
    "too many files": (
        lambda: wacz({**files(), **{f"f/{n}": b"" for n in range(10_001)}}, said=b"{}"),
        "more than 10000 files",
    ),
    "no package": (lambda: wacz(said=b""), "not JSON"),
    "a package twice": (lambda: wacz(said=b'{"a": 1, "a": 2}'), "a field twice"),
    "a deep package": (lambda: wacz(said=b"[" * 99999 + b"]" * 99999), "too large"),
    "a package that is a list": (lambda: wacz(said=b"[]"), "not an object"),
    "a large number": (lambda: wacz(said=b'{"a": ' + b"9" * 9999 + b"}"), "not JSON"),
    "an unknown version": (
        lambda: wacz(said=package(files(), wacz_version="9")),
        "version of the format",
    ),
    "a version that is no text": (
        lambda: wacz(said=package(files(), wacz_version=[1])),
        "version of the format",
    ),
    "another digest": (listing({"hash": "sha256:" + "0" * 64}), "not what its package says"),
    "a weak digest": (listing({"hash": "md5:" + "0" * 32}), "not SHA-256"),
    "another size": (listing({"bytes": 1}), "not what its package says"),
    "a missing file": (listing({"path": "archive/gone.warc"}), "is missing"),
    "an unlisted file": (
        lambda: wacz({**files(), "extra.txt": b"x"}, said=package(files())),
        "does not list",
    ),
    "a file listed twice": (listing({"path": "indexes/index.cdx"}), "lists a file twice"),
    "no WARC": (
        lambda: wacz({k: v for k, v in files().items() if "warc" not in k}),
        "no WARC",
    ),
    "no pages": (
        lambda: wacz({k: v for k, v in files().items() if "pages" not in k}),
        "no list of pages",
    ),
    "an index to nowhere": (
        lambda: wacz({**files(), "indexes/index.cdx": b'a 1 {"offset": "7", "filename": "x"}'}),
        "leads to no record",
    ),
    "an index bomb": (
        lambda: wacz({**files(), "indexes/a.cdx.gz": gzip.compress(bytes(2**26 + 1), 1)}),
        "unpacks to more",
    ),
    "another digest of the package": (
        digest_file({"path": "datapackage.json", "hash": "sha256:" + "0" * 64}),
        "not what its digest says",
    ),
    "a signature without fields": (
        digest_file({"path": "datapackage.json", "hash": "DIGEST", "signedData": {}}),
        "lacks a field",
    ),
    "a foreign field beside the digest": (
        digest_file({"path": "datapackage.json", "hash": "DIGEST", "x": 1}),
        "does not belong there",
    ),
    "a signature by a malformed key": (
        digest_file(
            {
                "path": "datapackage.json",
                "hash": "DIGEST",
                "signedData": {
                    "hash": "DIGEST",
                    "created": "",
                    "software": "x",
                    "signature": "AAAA",
                    "publicKey": "AAAA",
                },
            }
        ),
        "another time",
    ),
    "a zip that says it is ours": (
        lambda: wacz(said=package(files(), software="unburnt 0.1.0")),
        "not the one that was written",
    ),
}


@pytest.mark.parametrize(("make", "why"), TRICKS.values(), ids=TRICKS.keys())
def test_a_trick_is_refused(make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(ForeignDataError) as refused:
        wacz_reading.read(make(), roots=())
    assert why in refused.value.message


WARC_TRICKS: dict[str, tuple[bytes, str]] = {
    "no length": (warc(Content_Length=""), "no content-length"),
    "a length beyond": (warc(Content_Length="9" * 12), "more than is allowed"),
    "a negative length": (warc(Content_Length="-5"), "malformed"),
    "a length that cuts": (warc(Content_Length="99"), "cut short"),
    "a length too short": (warc(Content_Length="2"), "does not end"),
    "two lengths": (warc(content_length="5"), "twice"),
    "an unknown kind": (warc(WARC_Type="surprise"), "not known"),
    "no address": (warc(WARC_Target_URI=""), "what address"),
    "a wrong digest": (warc(WARC_Block_Digest="sha256:" + "0" * 64), "not what its digest"),
    "a malformed digest": (warc(WARC_Block_Digest="sha1:x"), "malformed"),
    "an endless header": (b"WARC/1.1\r\nA: " + b"x" * 10**6, "no end"),
    "many fields": (b"WARC/1.1\r\n" + b"A: x\r\n" * 300 + b"\r\n", "header fields"),
    "a broken field": (b"WARC/1.1\r\nA x\r\n\r\n", "malformed"),
    "another version": (b"WARC/9.9\r\n\r\n", "does not begin"),
    "a second record that is none": (warc() + b"x", "does not begin"),
    "damaged gzip": (gzip.compress(warc())[:-8] + b"\0" * 8, "damaged"),
    "cut gzip": (gzip.compress(warc())[:-9], "cut short"),
    "two records in one member": (gzip.compress(warc() + warc()), "one by one"),
}


@pytest.mark.parametrize(("data", "why"), WARC_TRICKS.values(), ids=WARC_TRICKS.keys())
def test_a_wrong_record_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ForeignDataError) as refused:
        list(warc_reading.records(data))
    assert why in refused.value.message


def test_digests_in_every_spelling_are_compared() -> None:
    hexadecimal = hashlib.sha256(b"words").hexdigest()
    for spelled in (hexadecimal, "PDBLXIC6ZGJ7QIJJMOSSJO7QK7T6WYUE67NZVQCR7EW4PLJVDX4Q"):
        data = warc(WARC_Block_Digest=f"sha256:{spelled}")
        if spelled != hexadecimal:
            with pytest.raises(ForeignDataError):
                list(warc_reading.records(data))
        else:
            assert next(warc_reading.records(data)).checked
    assert not next(warc_reading.records(warc(WARC_Block_Digest="blake9:x"))).checked


def test_a_bomb_of_gzip_takes_little_memory() -> None:
    bomb = gzip.compress(bytes(2**26), 9)
    tracemalloc.start()
    with pytest.raises(ForeignDataError):
        list(warc_reading.records(bomb, room=2**20))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * 2**20


def test_a_payload_is_what_came_after_the_head() -> None:
    block = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\nmore"
    kind = "application/http; msgtype=response"
    (record,) = warc_reading.records(warc(block, WARC_Type="response", Content_Type=kind))
    assert payload(record) == b"body\r\n\r\nmore"


SEEDS = (wacz(), warc(), gzip.compress(warc(), mtime=0))


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
    st.integers(0, 2000),
    st.binary(max_size=8),
)
def test_nothing_but_a_refusal_comes_of_any_bytes(
    seed: bytes, flips: list[tuple[int, int]], cut: int, inserted: bytes
) -> None:
    data = bytearray(seed)
    for at, byte in flips:
        data[at % len(data)] = byte
    data[cut % len(data) : cut % len(data)] = inserted
    for read in (wacz_reading.read, lambda d: list(warc_reading.records(d))):
        try:
            read(bytes(data))
        except ForeignDataError:
            continue

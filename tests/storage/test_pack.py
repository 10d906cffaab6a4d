"""A pack is a plain tar that stock tools open, in one spelling, and nothing hostile in it grows."""

from __future__ import annotations

import hashlib
import math
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from tests.stock import stock
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.storage import pack, ustar
from unburnt.storage.pack import MAX_UNPACKED, SMALLEST, SingleSink

PHOTO = hashlib.shake_256(b"photo").digest(700)
TEXT = b"The same sentence again. " * 40


def name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MEMBERS = {name(PHOTO): PHOTO, name(TEXT): TEXT, "secret": b"s\n"}
NAMES = st.sampled_from(["secret", "ids", "statements.jsonl", "original", name(b"a"), name(b"b")])
CONTENTS = st.binary(max_size=300) | st.integers(0, 3000).map(lambda n: b"text " * n)


def member(title: str, data: bytes) -> bytes:
    return ustar.header(title, len(data)) + data + bytes(-len(data) % 512)


def a_tar(*parts: bytes) -> bytes:
    body = b"".join(parts) + bytes(1024)
    return body.ljust(pack.padded(len(body)), b"\0")


@given(st.dictionaries(NAMES, CONTENTS))
def test_reading_gives_back_what_was_written(members: dict[str, bytes]) -> None:
    data = pack.write(members)
    assert pack.read(data) == members
    assert len(data) == pack.padded(len(data)) >= SMALLEST


def test_text_is_compressed_and_pictures_are_not() -> None:
    data = pack.write(MEMBERS)
    assert pack.header(name(PHOTO), len(PHOTO)) in data
    assert name(TEXT).encode() + b".zst" in data
    assert PHOTO in data
    assert TEXT not in data


def test_a_long_picture_is_judged_by_its_beginning() -> None:
    noise = hashlib.shake_256(b"x").digest(100_000)
    assert pack.compress(noise + TEXT * 10_000) is None
    assert pack.compress(TEXT * 10_000) is not None
    assert pack.compress(b"short") is None


@given(st.integers(SMALLEST, 2**50))
def test_lengths_follow_the_published_formula(length: int) -> None:
    exponent = math.floor(math.log2(length)) if length < 2**40 else length.bit_length() - 1
    size_bits = math.floor(math.log2(exponent)) + 1
    mask = (1 << (exponent - size_bits)) - 1
    padme = (length + mask) & ~mask
    padded = pack.padded(length)
    assert padded == -(-padme // 512) * 512  # whole tar blocks
    assert length <= padded <= max(length * 1.12, length + 511)


@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_a_longer_pack_is_never_padded_shorter(one: int, other: int) -> None:
    assert (one <= other) <= (pack.padded(one) <= pack.padded(other))
    assert pack.padded(pack.padded(one)) == pack.padded(one)


def test_every_flipped_byte_is_refused_or_changes_that_member_alone() -> None:
    data = pack.write(MEMBERS)
    start = {}  # where the bytes of each member lie
    at = 0
    while data[at]:
        title, size = pack.parse_header(data[at : at + 512])
        start[title.removesuffix(".zst")] = range(at + 512, at + 512 + size)
        at += 512 + size + -size % 512
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 + place % 255
        owner = next((title for title, area in start.items() if place in area), None)
        try:
            read = pack.read(bytes(flipped))
        except ForeignDataError:
            continue
        assert owner is not None, place
        assert {**read, owner: MEMBERS[owner]} == MEMBERS


def test_every_cut_is_refused() -> None:
    data = pack.write(MEMBERS)
    for length in range(0, len(data), 7):
        with pytest.raises(ForeignDataError):
            pack.read(data[:length])


@given(st.binary(max_size=2000))
def test_hostile_bytes_are_only_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        pack.read(data)


@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["", ".zst"]), st.binary(max_size=60)), max_size=3)
)
def test_hostile_members_are_only_refused(parts: list[tuple[str, str, bytes]]) -> None:
    data = a_tar(*(member(title + ending, content) for title, ending, content in parts))
    plain = [title for title, _, _ in parts]
    try:
        read = pack.read(data)
    except ForeignDataError:
        return
    assert sorted(read) == sorted(plain)


def bomb(blocks: int, stated: int) -> bytes:
    """Return a zstd frame of `blocks` times 128 KiB of zeros, 4 bytes each, that states a size."""
    head = struct.pack("<I", 0xFD2FB528) + b"\x80\x38" + struct.pack("<I", stated)
    sizes = [(2**17 << 3) | 2 | (n == blocks - 1) for n in range(blocks)]
    return head + b"".join(struct.pack("<I", size)[:3] + b"\0" for size in sizes)


GOOD = zstd.compress(TEXT, 3)
HOSTILE: dict[str, bytes] = {
    "a frame that states more than is read": a_tar(member("original.zst", bomb(9, 2**31))),
    "a frame larger than it states": a_tar(member("original.zst", bomb(4000, 1000))),
    "a frame smaller than it states": a_tar(member("original.zst", bomb(1, 2**18))),
    "a frame that states no size": a_tar(
        member("original.zst", struct.pack("<I", 0xFD2FB528) + b"\x00\x38" + bomb(1, 0)[10:])
    ),
    "two members that are too much together": a_tar(
        member("original.zst", bomb(300, 300 * 2**17)), member("ids.zst", bomb(300, 300 * 2**17))
    ),
    "two frames": a_tar(member("original.zst", GOOD + GOOD)),
    "a skippable frame": a_tar(member("original.zst", b"\x50\x2a\x4d\x18\0\0\0\0")),
    "no frame": a_tar(member("original.zst", b"plain")),
    "an empty frame": a_tar(member("original.zst", b"")),
    "a member twice": a_tar(member("ids", b"a"), member("ids", b"a")),
    "a member twice, once packed": a_tar(member("original", TEXT), member("original.zst", GOOD)),
    "a name that leads out": a_tar(member("../secret", b"a")),
    "a name below a folder": a_tar(member("x/secret", b"a")),
    "a digest in capitals": a_tar(member(name(b"a").upper(), b"a")),
    "filling that is not zero": a_tar(ustar.header("ids", 1) + b"a" + b"x" * 511),
    "one block of an end": pack.write({})[:-512],
    "padding too long": pack.write({}) + bytes(512),
    "something after the end": pack.write({})[:-1] + b"x",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pack_is_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        pack.read(data)


def test_what_just_fits_is_read() -> None:
    most = MAX_UNPACKED // 2**17
    read = pack.read(a_tar(member("original.zst", bomb(most, MAX_UNPACKED))))
    assert len(read["original"]) == MAX_UNPACKED


def test_a_link_a_folder_and_a_named_owner_are_refused(tmp_path: Path) -> None:
    for kind, owner in ((tarfile.SYMTYPE, ""), (tarfile.DIRTYPE, ""), (tarfile.REGTYPE, "heron")):
        info = tarfile.TarInfo("secret")
        info.type, info.uname, info.linkname, info.mode = kind, owner, "x" * (kind == b"2"), 0o400
        with pytest.raises(ForeignDataError):
            pack.read(a_tar(info.tobuf(tarfile.USTAR_FORMAT)))


def test_no_other_name_is_ever_written() -> None:
    for title in ("", "x", "../secret", "secret ", name(b"").upper(), "secret.zst.zst"):
        with pytest.raises(UsageError):
            pack.header(title, 1)


# --- one large member, in pieces ----------------------------------------------------------------


@given(st.binary(max_size=5000), st.integers(1, 700), st.integers(1, 700))
def test_a_stream_is_the_pack_of_one_member_whatever_its_pieces(
    data: bytes, written: int, read: int
) -> None:
    pieces = [data[at : at + written] for at in range(0, len(data), written)]
    tar = b"".join(pack.stream("original", len(data), pieces))
    assert pack.read(tar) == {"original": data}
    found = bytearray()
    sink = SingleSink(found.extend)
    for at in range(0, len(tar), read):
        assert sink.write(tar[at : at + read]) == len(tar[at : at + read])
    sink.finish()
    assert (sink.name, sink.size, bytes(found)) == ("original", len(data), data)


def test_a_file_that_grew_or_shrank_is_refused() -> None:
    for size in (2, 4):
        with pytest.raises(UsageError, match="changed"):
            b"".join(pack.stream("original", size, [b"abc"]))


def feed(tar: bytes) -> None:
    sink = SingleSink(lambda data: None)
    sink.write(tar)
    sink.finish()


ONE = b"".join(pack.stream("original", 5, [b"bytes"]))
NOT_ONE: dict[str, bytes] = {
    "nothing": b"",
    "half a header": ONE[:300],
    "half a member": ONE[:515],
    "no padding": ONE[: 512 * 4],
    "padding too long": ONE + bytes(512),
    "a second member": a_tar(member("original", b"a"), member("ids", b"b")),
    "something in the filling": ONE[:600] + b"x" + ONE[601:],
    "another name": a_tar(member("x", b"a")),
}


@pytest.mark.parametrize("tar", NOT_ONE.values(), ids=NOT_ONE.keys())
def test_what_is_not_one_whole_member_is_refused(tar: bytes) -> None:
    with pytest.raises(ForeignDataError):
        feed(tar)
    feed(ONE)


@pytest.mark.stock
def test_stock_tar_lists_and_extracts_it(tmp_path: Path) -> None:
    (tmp_path / "pack").write_bytes(pack.write(MEMBERS))
    listed = subprocess.run(
        [stock("tar"), "tf", "pack"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert listed.stderr == ""
    assert listed.stdout.splitlines() == [name(PHOTO), f"{name(TEXT)}.zst", "secret"]
    subprocess.run([stock("tar"), "xf", "pack"], cwd=tmp_path, check=True)
    assert (tmp_path / name(PHOTO)).read_bytes() == PHOTO
    subprocess.run([stock("zstd"), "-q", "-d", f"{name(TEXT)}.zst"], cwd=tmp_path, check=True)
    assert (tmp_path / name(TEXT)).read_bytes() == TEXT


@given(rounds=st.lists(st.lists(st.binary(max_size=2000), max_size=9), max_size=3))
def test_what_is_filled_in_place_is_the_pack_that_is_written(rounds: list[list[bytes]]) -> None:
    filling = pack.Filling(1000)
    for contents in rounds:
        members = {hashlib.sha256(data).hexdigest(): data for data in contents}
        for name, data in members.items():
            filling.room(len(data) + 1)[: len(data)] = data
            filling.add(name, len(data))
        assert b"".join(filling.take()) == pack.write(members)


@pytest.mark.parametrize("first", [b"\xff\xd8\xff\xe0", b"\0\0\0\x18ftyp", b"PK\x03\x04"])
def test_what_is_long_and_compressed_already_is_not_compressed_again(first: bytes) -> None:
    assert pack.compress(first + bytes(100_000)) is None
    assert pack.compress(bytes(100_000)) is not None

"""Headers are those of the ustar format, judged by Python's own tar reader, and nothing else."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.storage.ustar import BLOCK, filling, header, parse_header

NAMES = st.sampled_from(
    [
        "END",
        "ARCHIVE",
        f"objects/ab/ab{'0' * 62}",
        f"keys/{'a' * 26}/{'b' * 26}/{'0' * 64}",  # 123 characters: split at the last slash
        "x" * 100,
        "p" * 155 + "/" + "n" * 100,
    ]
)
SIZES = st.integers(0, 2**63 - 1)


@given(NAMES, SIZES)
@example("END", 8**11 - 1)
@example("END", 8**11)
@example("END", 2**63 - 1)
def test_a_stock_reader_finds_the_same_name_and_size(name: str, size: int) -> None:
    block = header(name, size)
    found = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    assert (found.name, found.size, found.type) == (name, size, tarfile.REGTYPE)
    assert (found.mode, found.uid, found.gid, found.mtime) == (0o400, 0, 0, 0)
    assert len(block) == BLOCK
    assert parse_header(block) == (name, size)


@given(NAMES, SIZES, st.integers(0, BLOCK - 1), st.integers(1, 255))
def test_a_header_with_any_byte_changed_is_refused(
    name: str, size: int, at: int, change: int
) -> None:
    block = bytearray(header(name, size))
    block[at] ^= change
    with pytest.raises(ForeignDataError):
        parse_header(bytes(block))


@given(st.binary(max_size=600))
def test_random_bytes_are_no_header(block: bytes) -> None:
    with pytest.raises(ForeignDataError):
        parse_header(block)


def _info(**fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo("END")
    info.mode = 0o400
    for key, value in fields.items():
        setattr(info, key, value)
    return info


OTHERS = {
    "a symbolic link": _info(type=tarfile.SYMTYPE, linkname="ARCHIVE"),
    "a hard link": _info(type=tarfile.LNKTYPE, linkname="ARCHIVE"),
    "a folder": _info(type=tarfile.DIRTYPE),
    "a device": _info(type=tarfile.CHRTYPE),
    "a pipe": _info(type=tarfile.FIFOTYPE),
    "an old regular file": _info(type=tarfile.AREGTYPE),
    "a file with an owner": _info(uid=1000),
    "a file with an owner's name": _info(uname="somebody"),
    "a file with a time": _info(mtime=1),
    "an executable file": _info(mode=0o755),
}


@pytest.mark.parametrize("info", OTHERS.values(), ids=list(OTHERS))
def test_other_kinds_of_members_are_refused(info: tarfile.TarInfo) -> None:
    with pytest.raises(ForeignDataError):
        parse_header(info.tobuf(tarfile.USTAR_FORMAT))
    with pytest.raises(ForeignDataError):
        parse_header(info.tobuf(tarfile.GNU_FORMAT))


NO_NAMES = {
    "empty": "",
    "absolute": "/etc/passwd",
    "a folder": "objects/",
    "too long for any split": "x" * 101,
    "a long beginning": "x" * 156 + "/y",
    "not ASCII": "é",
    "a NUL inside": "a\0b",
}


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=list(NO_NAMES))
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        header(name, 0)


@pytest.mark.parametrize("size", [-1, 2**63])
def test_a_size_that_does_not_fit_is_refused(size: int) -> None:
    with pytest.raises(UsageError):
        header("END", size)


@pytest.mark.parametrize(("size", "zeros"), [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
def test_content_is_filled_up_to_the_next_block(size: int, zeros: int) -> None:
    assert filling(size) == bytes(zeros)

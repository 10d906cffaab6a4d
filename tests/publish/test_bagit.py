"""Bags: the judgement of the Library of Congress' suite, and of the usual library, both ways."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import bagit as usual  # type: ignore[import-untyped]  # published without types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.publish.bag_writing import Bag, harmless
from unburnt.publish.bagit import (
    Declaration,
    check,
    is_inside,
    parse_declaration,
    parse_fetch,
    parse_info,
    parse_manifest,
    spell_manifest,
)

FINAL = Declaration("1.0", "utf-8")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conformance suite, unpacked."""
    folder = tmp_path_factory.mktemp("suite")
    with tarfile.open(shared("vectors/bagit/bagit.tgz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "bagit"


def bags(suite: Path, verdict: str) -> list[Path]:
    return sorted(path for path in suite.glob(f"*/{verdict}/*") if path.is_dir())


def codes(bag: Path) -> set[str]:
    return {problem.code for problem in check(bag).problems}


def test_every_valid_bag_of_the_suite_is_sound(suite: Path) -> None:
    assert len(bags(suite, "valid")) == 27
    for bag in bags(suite, "valid"):
        assert check(bag).sound, (bag, check(bag).problems)


WHY_INVALID = {
    "baginfo-missing-encoding": "declaration",
    "bom-in-bagit.txt": "declaration",
    "corrupt-data-file": "digest",
    "corrupt-tag-file": "digest",
    "extra-file-in-bag": "unlisted",
    "invalid-version-number": "declaration",
    "missing-baginfo": "missing",
    "missing-bagit.txt": "declaration",
    "out-of-scope-file-paths-using-dot-notation": "manifest",
    "out-of-scope-file-paths-using-dot-notation-for-fetch": "fetch",
    "same-filename-listed-twice-with-different-hashes": "manifest",
    "bagit-with-invalid-whitespace": "declaration",
    "notAllManifestsListAllFiles": "unlisted",
    "same-filename-listed-twice-with-the-same-hash": "manifest",
}


def test_every_invalid_bag_of_the_suite_is_refused_with_its_reason(suite: Path) -> None:
    found = bags(suite, "invalid")
    assert len(found) == 15
    for bag in found:
        expected = WHY_INVALID[bag.name]
        if bag.parts[-3:] == (
            "v1.0",
            "invalid",
            "same-filename-listed-twice-with-different-hashes",
        ):
            expected = "declaration"  # a blank at the end of its first line, before all else
        assert expected in codes(bag), (bag, check(bag).problems)


@pytest.mark.parametrize("system", ["linux-only", "windows-only"])
def test_no_path_leads_out_of_the_bag_on_any_system(suite: Path, system: str) -> None:
    found = bags(suite, system)
    assert len(found) == 6
    for bag in found:
        assert codes(bag) & {"manifest", "fetch"}, (bag, check(bag).problems)


def test_what_the_suite_only_warns_of_is_refused_where_a_disk_could_mix_names_up(
    suite: Path,
) -> None:
    verdicts = {bag.name: codes(bag) for bag in bags(suite, "warning")}
    assert "collision" in verdicts.pop("duplicate-file-with-different-case")
    assert "collision" in verdicts.pop("same-filename-listed-twice-with-different-normalization")
    # The suite itself lost the file .DS_Store on its way through git.
    assert verdicts.pop("special-system-files") == {"missing", "payload-oxum"}
    assert verdicts == {
        "made-with-md5sum-tools": set(),
        "relative-path": set(),
        "same-filename-listed-twice-with-the-same-hash": set(),
    }


def test_the_usual_library_accepts_a_blank_before_the_colon_and_ours_does_not(suite: Path) -> None:
    bag = suite / "v1.0" / "invalid" / "bagit-with-invalid-whitespace"
    assert usual.Bag(str(bag)).is_valid()
    assert codes(bag) == {"declaration"}


# --- writing --------------------------------------------------------------------------------------


def write(target: Path, files: dict[str, bytes]) -> Path:
    with Bag(target) as bag:
        for path, data in files.items():
            bag.put(path, data)
        bag.finish({"Bagging-Date": "2018-02-01"})
        bag.settle()
    return target


FILES = {
    "data/plain.txt": b"one\n",
    "data/empty": b"",
    "data/below/100%.txt": b"two",
    "data/two\nlines\rand %0A.txt": b"three",
    "data/Титиев.txt": "четыре".encode(),
    "index.html": b"<p>",
}


def test_what_is_written_satisfies_the_usual_library_and_ours(tmp_path: Path) -> None:
    written = write(tmp_path / "bag", FILES)
    checked = check(written)
    assert checked.sound, checked.problems
    assert checked.sha256.keys() >= FILES.keys()
    plain = write(tmp_path / "plain", {k: v for k, v in FILES.items() if "%" not in k})
    usual.Bag(str(plain)).validate()


def test_the_usual_library_reads_an_encoded_percent_only_before_line_ends(tmp_path: Path) -> None:
    """It decodes %0A and %0D and leaves %25, which RFC 8493 2.1.3 asks to decode."""
    written = write(tmp_path / "bag", {"data/100%.txt": b"x"})
    assert check(written).sound
    with pytest.raises(usual.BagValidationError):
        usual.Bag(str(written)).validate()


def test_equal_files_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (write(tmp_path / name, FILES) for name in ("one", "other"))
    for path in sorted(p.relative_to(one) for p in one.rglob("*")):
        assert (one / path).stat().st_mtime == (other / path).stat().st_mtime
        if (one / path).is_file():
            assert (one / path).read_bytes() == (other / path).read_bytes()


def test_whatever_ends_the_writing_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with Bag(tmp_path / "bag") as bag, pytest.raises(KeyboardInterrupt):
        bag.put_pieces("data/a", pieces())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "bag", FILES)
    with pytest.raises(UsageError):
        Bag(tmp_path / "bag")


@pytest.mark.parametrize("path", ["../a", "/a", "data/../../a", "data//a", "~a", "a\\b", "C:a", ""])
def test_no_name_leads_out(tmp_path: Path, path: str) -> None:
    with Bag(tmp_path / "bag") as bag, pytest.raises(UsageError):
        bag.put(path, b"")


@pytest.mark.parametrize("other", ["data/A.txt", "data/\u0041.TXT", "data/e\u0301", "data/É"])
def test_no_two_names_are_one_on_some_disk(tmp_path: Path, other: str) -> None:
    with Bag(tmp_path / "bag") as bag:
        bag.put("data/a.txt", b"")
        bag.put("data/\u00e9", b"")
        with pytest.raises(UsageError):
            bag.put(other, b"")


# --- damage ---------------------------------------------------------------------------------------


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte of a file": (lambda bag: _flip(bag / "data/plain.txt"), "digest"),
    "a byte of a page": (lambda bag: _flip(bag / "index.html"), "digest"),
    "a file too many": (lambda bag: (bag / "data/more").write_bytes(b""), "unlisted"),
    "a file too few": (lambda bag: (bag / "data/empty").unlink(), "missing"),
    "a link for a file": (
        lambda bag: _link(bag / "data/empty"),
        "link",
    ),
    "a manifest that is not text": (
        lambda bag: (bag / "manifest-sha256.txt").write_bytes(b"\xff\xfe"),
        "manifest",
    ),
    "an algorithm nobody knows": (
        lambda bag: (bag / "manifest-crc32.txt").write_bytes(b"00  data/empty\n"),
        "algorithm",
    ),
    "a wrong count": (
        lambda bag: (bag / "bag-info.txt").write_bytes(b"Payload-Oxum: 1.1\n"),
        "payload-oxum",
    ),
    "a file that is to be fetched": (
        lambda bag: (bag / "fetch.txt").write_bytes(b"http://a/ - ../b\n"),
        "fetch",
    ),
    "no manifest": (lambda bag: (bag / "manifest-sha256.txt").unlink(), "no-manifest"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_has_its_name(tmp_path: Path, name: str) -> None:
    damage, code = DAMAGE[name]
    written = write(tmp_path / "bag", FILES)
    damage(written)
    assert code in codes(written)


def test_an_empty_folder_is_no_bag(tmp_path: Path) -> None:
    assert not check(tmp_path).sound


# --- the formats ----------------------------------------------------------------------------------

PATHS = st.text(min_size=1, max_size=20).map(lambda name: f"data/{name}").filter(is_inside)


@given(st.dictionaries(PATHS, st.just("0" * 64), max_size=4))
def test_a_manifest_reads_back_as_it_was_written(listed: dict[str, str]) -> None:
    try:
        data = spell_manifest(listed)
    except UnicodeEncodeError:
        return  # no name of a file that UTF-8 could write
    blank = any(not path.removeprefix("data/").strip() for path in listed)
    assert blank or parse_manifest(data, FINAL) == listed


@given(st.binary(max_size=200))
def test_bytes_only_raise_the_error_of_foreign_data(data: bytes) -> None:
    for declared in (FINAL, Declaration("0.97", "utf-16")):
        for parse in (parse_manifest, parse_info, parse_fetch):
            with suppress(ForeignDataError):
                parse(data, declared)
    with suppress(ForeignDataError):
        parse_declaration(data)


NAMES = {
    "photo.JPG": "photo.JPG",
    "../../etc/passwd": "passwd",
    "C:\\Users\\me\\note.txt": "note.txt",
    "a b\u202e<script>.html": "a-b-script.html",
    "CON.txt": "file-CON.txt",
    "...": "file",
    "": "file",
    "записка.pdf": "записка.pdf",
    "x" * 300 + ".png": "x" * 76 + ".png",
    ".hidden": "hidden",
    "=cmd|'/c calc'!A1": "c-calc-A1",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_become_harmless(name: str) -> None:
    assert harmless(name) == NAMES[name]


@given(st.text(max_size=200))
def test_every_harmless_name_stays_in_its_folder(name: str) -> None:
    assert is_inside(f"data/{harmless(name)}")
    assert len(harmless(name)) <= 85


def test_a_bag_in_memory_is_not_needed_to_hash_it(tmp_path: Path) -> None:
    big = io.BytesIO(b"x" * 3_000_000)
    with Bag(tmp_path / "bag") as bag:
        digest = bag.put_pieces("data/big", iter(lambda: big.read(1 << 20), b""))
        bag.finish({})
        bag.settle()
    assert check(tmp_path / "bag").sha256["data/big"] == digest
    shutil.rmtree(tmp_path / "bag")

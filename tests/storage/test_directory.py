"""A folder keeps the contract against links, strangers, pulled-out sticks, and old file systems."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unburnt.core.errors import MediumError
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import ARCHIVE, checkpoint_name, entry_name, object_name

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"
ENTRY = entry_name(DEVICE, 0)
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no links or modes to test")


def named(data: bytes) -> str:
    return object_name(hashlib.sha256(data).hexdigest())


ONE = named(b"one")


@pytest.fixture
def site(tmp_path: Path) -> DirectoryBackend:
    return DirectoryBackend(tmp_path / "site", create=True)


@posix
def test_only_the_owner_can_look_inside(site: DirectoryBackend, tmp_path: Path) -> None:
    site.put(ONE, b"one")
    site.put(ENTRY, b"entry", sync=False)
    site.close()
    for path in [tmp_path / "site", *(tmp_path / "site").rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted
    found = [str(p.relative_to(tmp_path / "site")) for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(found) == sorted([ONE, ENTRY])


def test_a_folder_that_is_not_there_is_not_made_silently(tmp_path: Path) -> None:
    with pytest.raises(MediumError, match="plug it in"):
        DirectoryBackend(tmp_path / "stick")
    assert not (tmp_path / "stick").exists()


def test_a_file_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for create in (False, True):
        with pytest.raises(MediumError):
            DirectoryBackend(tmp_path / "file", create=create)


def test_messages_call_the_folder_by_its_label_never_by_its_path(tmp_path: Path) -> None:
    secret = tmp_path / "home of somebody"
    secret.mkdir()
    site = DirectoryBackend(secret / "stick", create=True, label="blue")
    assert site.location == "The folder blue"
    (secret / "stick").rmdir()
    with pytest.raises(MediumError) as caught:
        site.put(ONE, b"one")
    assert "somebody" not in str(caught.value)
    assert str(caught.value) == (
        "The folder blue is not there. Check the path; plug it in or mount it, then repeat."
    )


# Links, pipes and strangers


def _link_folder(root: Path, elsewhere: Path) -> None:
    (root / "objects").rename(elsewhere / "objects")
    (root / "objects").symlink_to(elsewhere / "objects")


def _link_shard(root: Path, elsewhere: Path) -> None:
    shard = (root / ONE).parent
    shard.rename(elsewhere / "shard")
    shard.symlink_to(elsewhere / "shard")


def _link_file(root: Path, elsewhere: Path) -> None:
    (root / ONE).rename(elsewhere / "one")
    (root / ONE).symlink_to(elsewhere / "one")


def _dangling_link(root: Path, elsewhere: Path) -> None:
    (root / ONE).unlink()
    (root / ONE).symlink_to(elsewhere / "nothing")


def _folder_for_a_file(root: Path, _elsewhere: Path) -> None:
    (root / ONE).unlink()
    (root / ONE).mkdir()


def _pipe_for_a_file(root: Path, _elsewhere: Path) -> None:
    (root / ONE).unlink()
    os.mkfifo(root / ONE)


TRAPS = {
    "a link for the objects": _link_folder,
    "a link for a folder": _link_shard,
    "a link for a file": _link_file,
    "a link to nothing": _dangling_link,
    "a folder for a file": _folder_for_a_file,
    "a pipe for a file": _pipe_for_a_file,
}


@posix
@pytest.mark.parametrize("trap", TRAPS.values(), ids=list(TRAPS))
def test_what_is_not_a_plain_file_is_never_followed(
    site: DirectoryBackend, tmp_path: Path, trap: Callable[[Path, Path], None]
) -> None:
    site.put(ONE, b"one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap(tmp_path / "site", elsewhere)
    before = sorted(elsewhere.rglob("*"))
    fresh = DirectoryBackend(tmp_path / "site")
    for verb in (
        lambda: fresh.exists(ONE),
        lambda: fresh.size(ONE),
        lambda: fresh.get(ONE, 3),
        lambda: fresh.get_range(ONE, 0, 1),
        lambda: fresh.open_read(ONE),
        lambda: fresh.put(ONE, b"one"),
    ):
        with pytest.raises(MediumError, match="never followed"):
            verb()
    assert list(fresh.names()) == []
    assert sorted(elsewhere.rglob("*")) == before


@posix
@pytest.mark.parametrize("trap", list(TRAPS.values())[2:], ids=list(TRAPS)[2:])
def test_mending_puts_a_trap_aside(
    site: DirectoryBackend, tmp_path: Path, trap: Callable[[Path, Path], None]
) -> None:
    site.put(ONE, b"one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap(tmp_path / "site", elsewhere)
    kind = stat.S_IFMT((tmp_path / "site" / ONE).lstat().st_mode)
    aside = site.mend(ONE, b"one")
    assert aside is not None
    assert site.get(ONE, 3) == b"one"
    assert stat.S_IFMT((tmp_path / "site" / aside).lstat().st_mode) == kind


@posix
def test_the_way_to_the_site_may_be_a_link(site: DirectoryBackend, tmp_path: Path) -> None:
    site.put(ONE, b"one")
    (tmp_path / "link").symlink_to(tmp_path / "site")
    assert DirectoryBackend(tmp_path / "link").get(ONE, 3) == b"one"


def test_what_others_left_in_the_folder_is_not_listed(
    site: DirectoryBackend, tmp_path: Path
) -> None:
    site.put(ONE, b"one")
    root = tmp_path / "site"
    for stranger in (
        ".DS_Store",
        "Thumbs.db",
        "objects/.DS_Store",
        f"{ONE}.part",
        f"log/{DEVICE}/1",
        f"System Volume Information/{ONE}",
        f"quarantine/{ONE}-1",
        f"objects/{ONE}",
        "archive",
    ):
        (root / stranger).parent.mkdir(parents=True, exist_ok=True)
        (root / stranger).write_bytes(b"strange")
    assert list(site.names()) == [ONE]
    assert list(site.names("log/")) == []


# Damage


def test_damaged_bytes_stay_where_mend_says(site: DirectoryBackend, tmp_path: Path) -> None:
    site.put(ONE, b"one")
    (tmp_path / "site" / ONE).write_bytes(b"damaged")
    assert site.get(ONE, 100) == b"damaged"
    assert site.mend(ONE, b"one") == f"quarantine/{ONE}-1"
    assert site.get(ONE, 100) == b"one"
    assert (tmp_path / "site" / "quarantine" / f"{ONE}-1").read_bytes() == b"damaged"


def test_a_stick_that_was_pulled_out_is_not_an_empty_site(
    site: DirectoryBackend, tmp_path: Path
) -> None:
    site.put(ONE, b"one")
    (tmp_path / "site").rename(tmp_path / "pulled out")
    (tmp_path / "site").mkdir()  # the mount point it leaves behind
    for verb in (
        lambda: site.exists(ONE),
        lambda: site.get(ONE, 3),
        lambda: list(site.names()),
        lambda: site.put(ENTRY, b"entry"),
        lambda: site.mend(ONE, b"one"),
    ):
        with pytest.raises(MediumError, match="is not there"):
            verb()
    assert list((tmp_path / "site").iterdir()) == []
    (tmp_path / "site").rmdir()
    (tmp_path / "pulled out").rename(tmp_path / "site")
    assert site.put(ENTRY, b"entry")
    assert list(site.names()) == [ENTRY, ONE]


@posix
def test_damaged_bytes_are_not_put_aside_through_a_link(
    site: DirectoryBackend, tmp_path: Path
) -> None:
    site.put(ONE, b"damaged")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site" / "quarantine").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MediumError, match="never followed"):
        site.mend(ONE, b"one")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert site.get(ONE, 100) == b"damaged"


# Temporary files


def _age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder, (then, then))


def _temporary(root: Path) -> list[Path]:
    return sorted(root.glob(".tmp-*"))


def test_what_a_killed_writer_left_is_swept_away(tmp_path: Path) -> None:
    left = tmp_path / ".tmp-0123456789abcdef"
    left.mkdir()
    (left / "1").write_bytes(b"half")
    DirectoryBackend(tmp_path)
    assert _temporary(tmp_path) == [left]  # its writer may be about to lock it
    _age(left, 120)
    DirectoryBackend(tmp_path)
    assert _temporary(tmp_path) == []


@posix
def test_what_a_living_writer_holds_is_left_alone(site: DirectoryBackend, tmp_path: Path) -> None:
    root = tmp_path / "site"
    with site.draft() as draft:
        draft.write(b"one")
        _age(_temporary(root)[0], 10 * 86_400)
        DirectoryBackend(root)
        assert draft.commit(ONE)
    assert site.get(ONE, 3) == b"one"
    site.close()
    assert _temporary(root) == []


@posix
def test_sweeping_follows_no_link_and_takes_no_strangers_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_bytes(b"")
    root = tmp_path / "site"
    root.mkdir()
    (root / ".tmp-link").symlink_to(elsewhere)
    (root / "tmp-stranger").mkdir()
    for path in (elsewhere, root / "tmp-stranger"):
        _age(path, 10 * 86_400)
    DirectoryBackend(root)
    assert (elsewhere / "precious").exists()
    assert (root / "tmp-stranger").exists()


# Durable order, seen from the system calls


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every sync and every new name, in order; `("sync", path)`, `("name", path)`."""
    seen: list[tuple[str, str]] = []
    paths: dict[int, str] = {}
    real_open, real_sync, real_link = os.open, os.fsync, os.link

    def spy_open(path: str, *rest: int) -> int:
        descriptor = real_open(path, *rest)
        paths[descriptor] = path
        return descriptor

    def spy_sync(descriptor: int) -> None:
        real_sync(descriptor)
        seen.append(("sync", paths[descriptor]))

    def spy_link(source: str, target: str, *, follow_symlinks: bool) -> None:
        assert ("sync", source) in seen, "a file got its name before its bytes were durable"
        real_link(source, target, follow_symlinks=follow_symlinks)
        seen.append(("name", target))

    monkeypatch.setattr(os, "open", spy_open)
    monkeypatch.setattr(os, "fsync", spy_sync)
    monkeypatch.setattr(os, "link", spy_link)
    return seen


@posix
def test_when_put_returns_the_name_and_its_folders_are_synced(
    site: DirectoryBackend, tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    site.put(ONE, b"one")
    root = tmp_path / "site"
    named_at = calls.index(("name", str(root / ONE)))
    synced = {path for what, path in calls[named_at:] if what == "sync"}
    assert synced == {str(root), str(root / "objects"), str((root / ONE).parent)}


@posix
@pytest.mark.parametrize("sync", [True, False])
def test_objects_are_durable_before_an_entry_and_entries_before_a_checkpoint(
    site: DirectoryBackend, tmp_path: Path, calls: list[tuple[str, str]], sync: bool
) -> None:
    root = tmp_path / "site"
    objects = [named(bytes([number])) for number in range(20)]
    for number, name in enumerate(objects):
        site.put(name, bytes([number]), sync=False)
    assert not [path for what, path in calls if what == "name"]
    site.put(ENTRY, b"entry", sync=sync)
    site.put(checkpoint_name(DEVICE, 1), b"checkpoint", sync=sync)
    site.flush()
    order = [path for _, path in calls]
    entry = calls.index(("name", str(root / ENTRY)))
    checkpoint = calls.index(("name", str(root / checkpoint_name(DEVICE, 1))))
    for name in objects:
        assert calls.index(("name", str(root / name))) < entry
        assert str((root / name).parent) in order[:entry]
    assert entry < order.index(str((root / ENTRY).parent)) < checkpoint


@posix
def test_objects_that_came_between_two_entries_are_durable_before_the_second(
    site: DirectoryBackend, tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    root, second = tmp_path / "site", entry_name(DEVICE, 1)
    site.put(ENTRY, b"entry", sync=False)
    site.put(ONE, b"one", sync=False)
    site.put(second, b"entry that needs one", sync=False)
    assert ("name", str(root / ONE)) in calls
    site.flush()
    order = [path for _, path in calls]
    assert order.index(str((root / ONE).parent)) < calls.index(("name", str(root / second)))


def test_a_flush_that_fails_takes_back_what_it_could_not_keep(
    site: DirectoryBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(ONE, b"one", sync=False)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _refuse(errno.EIO))
        with pytest.raises(MediumError, match="disk error"):
            site.flush()
    assert not site.exists(ONE)
    assert [p for p in (tmp_path / "site").rglob("*") if p.is_file()] == []
    assert site.put(ONE, b"one")


def _refuse(code: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


REFUSALS = {
    errno.EIO: "disk error",
    errno.ENOSPC: "is full: 5 bytes are needed",
    errno.EDQUOT: "is full: 5 bytes are needed",
    errno.EROFS: "can only be read",
    errno.EACCES: "does not let this user in",
    errno.EFBIG: "cannot hold a file of this size",
    errno.ESTALE: "is not there",
    errno.EMFILE: "too many files are open",
    errno.EBUSY: "failed",
}


# A refused link with EACCES means a file system without links: see below.
REFUSED = [
    pytest.param(call, code, words, id=f"{call} {errno.errorcode[code]}")
    for call in ("open", "fsync", "mkdir", "link")
    for code, words in REFUSALS.items()
    if (call, code) != ("link", errno.EACCES)
]


@pytest.mark.parametrize(("call", "code", "words"), REFUSED)
def test_whatever_the_system_refuses_is_told_with_a_next_step(
    site: DirectoryBackend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    code: int,
    words: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _refuse(code))
        with pytest.raises(MediumError, match=words) as caught:
            site.put(ENTRY, b"entry")
    assert caught.value.next_step
    assert str(tmp_path) not in str(caught.value)
    assert not site.exists(ENTRY)
    assert site.put(ENTRY, b"entry")
    site.close()
    assert [p.name for p in (tmp_path / "site").rglob("*") if p.is_file()] == ["0000000000"]


# File systems without hard links, or without folder syncs


@posix
@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES, errno.EOPNOTSUPP])
def test_a_stick_without_hard_links_keeps_the_same_rules(
    site: DirectoryBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "link", _refuse(code))
    assert site.put(ONE, b"one")
    assert not site.put(ONE, b"two")
    assert site.put(ENTRY, b"entry", sync=False)
    (tmp_path / "site" / ENTRY).parent.mkdir(parents=True)
    (tmp_path / "site" / ENTRY).write_bytes(b"entry")  # another program was quicker
    site.flush()
    (tmp_path / "site" / ONE).write_bytes(b"damaged")
    assert site.mend(ONE, b"one") == f"quarantine/{ONE}-1"
    (tmp_path / "site" / ONE).write_bytes(b"damaged again")
    assert site.mend(ONE, b"one") == f"quarantine/{ONE}-2"
    assert list(site.names()) == [ENTRY, ONE]


@posix
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_disk_that_cannot_sync_folders_is_used_as_it_is(
    site: DirectoryBackend, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    real = os.fsync

    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    assert site.put(ONE, b"one")
    assert site.get(ONE, 3) == b"one"


def test_two_programs_that_disagree_about_a_name_are_told(
    site: DirectoryBackend, tmp_path: Path
) -> None:
    site.put(ENTRY, b"mine", sync=False)
    assert DirectoryBackend(tmp_path / "site").put(ENTRY, b"theirs")
    with pytest.raises(MediumError, match="two programs"):
        site.flush()
    assert site.get(ENTRY, 10) == b"theirs"
    assert not site.put(ENTRY, b"mine")


def test_the_archive_file_lies_at_the_top(site: DirectoryBackend, tmp_path: Path) -> None:
    site.put(ARCHIVE, b"how to open this by hand\n")
    assert (tmp_path / "site" / "ARCHIVE").read_bytes() == b"how to open this by hand\n"

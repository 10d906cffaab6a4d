"""Whatever is done in whatever order, memory and folder say the same, and nothing changes."""

from __future__ import annotations

import shutil
import tempfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import ARCHIVE, checkpoint_name, entry_name, key_name, object_name

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"
NAMES = [
    ARCHIVE,
    object_name("ab" * 32),
    object_name("ac" * 32),
    entry_name(DEVICE, 0),
    entry_name(DEVICE, 1),
    checkpoint_name(DEVICE, 1),
    KEY := key_name(DEVICE, "a" * 26, "ab" * 32),
]
names = st.sampled_from(NAMES)
datas = st.binary(max_size=20)
syncs = st.sampled_from([True, False, False, False])


class TwoPlaces(RuleBasedStateMachine):
    """A folder and a memory that are told the same, and the first bytes of each name."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.mkdtemp()
        self.folder = DirectoryBackend(self.place)
        self.memory = MemoryBackend()
        self.first: dict[str, bytes] = {}
        self.durable: set[str] = set()

    @rule(name=names, data=datas, sync=syncs)
    def put(self, name: str, data: bytes, sync: bool) -> None:
        answers = {place.put(name, data, sync=sync) for place in (self.folder, self.memory)}
        assert answers == {name not in self.first}
        self.first.setdefault(name, data)
        self._settled(sync and answers == {True})

    @rule(name=names, data=datas, sync=syncs)
    def draft(self, name: str, data: bytes, sync: bool) -> None:
        answers = set()
        for place in (self.folder, self.memory):
            with place.draft() as draft:
                draft.write(data)
                answers.add(draft.commit(name, sync=sync))
        assert answers == {name not in self.first}
        self.first.setdefault(name, data)
        self._settled(sync and answers == {True})

    @rule(data=datas)
    def abandon(self, data: bytes) -> None:
        for place in (self.folder, self.memory):
            with place.draft() as draft:
                draft.write(data)

    @rule(name=names, data=datas)
    def mend(self, name: str, data: bytes) -> None:
        assert self.folder.mend(name, data) == self.memory.mend(name, data)
        self.first[name] = data
        self._settled(True)

    @rule()
    def destroy(self) -> None:
        assert self.folder.destroy(KEY) == self.memory.destroy(KEY)
        self.first.pop(KEY, None)
        self._settled(True)

    @rule()
    def flush(self) -> None:
        self.folder.flush()
        self._settled(True)

    @rule()
    def close_and_open_again(self) -> None:
        self.folder.close()
        self.folder = DirectoryBackend(self.place)
        self._settled(True)

    @rule()
    def lose_the_power(self) -> None:
        """What was not durable may be gone; what was is whole."""
        self.folder = DirectoryBackend(self.place)
        there = set(self.folder.names())
        assert self.durable <= there
        memory = MemoryBackend()
        for name in there:
            memory.put(name, self.first[name])
        memory._quarantine = self.memory._quarantine
        self.memory = memory
        self.first = {name: self.first[name] for name in there}

    @invariant()
    def both_say_the_same(self) -> None:
        for name in NAMES:
            assert self.folder.exists(name) == self.memory.exists(name) == (name in self.first)
        for name, data in self.first.items():
            assert self.folder.get(name, 20) == self.memory.get(name, 20) == data
            assert self.folder.size(name) == self.memory.size(name) == len(data)

    @rule()
    def list_names(self) -> None:
        assert list(self.folder.names()) == list(self.memory.names()) == sorted(self.first)
        self._settled(True)

    def _settled(self, durable: bool) -> None:
        if durable:
            self.durable = set(self.first)

    def teardown(self) -> None:
        self.folder.close()
        shutil.rmtree(self.place)


TestTwoPlaces = TwoPlaces.TestCase
TestTwoPlaces.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)

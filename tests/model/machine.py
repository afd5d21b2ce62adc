"""Two users and the weather: whatever is asked in whatever order, with faults coming and going, each answer and all
that is stored in the end is what a plain dictionary says."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import hypothesis.strategies as st
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.faults.kinds import KINDS, Endpoint, Kind
from tests.faults.world import World
from tests.figures import Figures
from tests.model.people import Person
from tests.model.todos import Effect, Todo, edit, read, restore, trash

WORDS = ("Milk", "Bread")
# Kinds that the machine's many short calls can afford: throttling makes botocore wait for up to a second.
WEATHER = [kind for kind in KINDS if kind.class_ not in ("throttled", "huge") and "10 MB" not in kind.name]

# What tells most: the work is done, and nobody hears of it.
LOST = [kind for kind in KINDS if kind.class_ == "lost"]


class Weather(NamedTuple):
    kind: Kind
    endpoint: Endpoint
    skip: int
    times: int | None


storms = st.builds(
    Weather,
    st.sampled_from([*WEATHER, *LOST]),
    st.sampled_from(["dynamodb", "dynamodb", "s3"]),
    st.integers(0, 2),
    st.sampled_from([1, 2, None]),
)
# Of a request that changes something.
weather = st.none() | storms
who = st.sampled_from(["Alice", "Bob"])
which = st.integers(0, 5)
match = st.sampled_from(["none", "none", "current", "stale"])
changes = st.fixed_dictionaries(
    {},
    optional={
        "word": st.sampled_from(WORDS),
        "notes": st.sampled_from(["", "One", "Two"]),
        "due": st.sampled_from(["", "2030-01-02", "2031-01-02"]),
        "completed": st.booleans(),
    },
)


class TwoUsers(RuleBasedStateMachine):
    def __init__(self, world: World, figures: Figures) -> None:
        super().__init__()
        self.world = world
        self.number = 0
        self.people = {name: Person(name, figures) for name in ("Alice", "Bob")}
        self.people["Alice"].others = [self.people["Bob"]]
        self.people["Bob"].others = [self.people["Alice"]]
        self.stack = ExitStack()
        self.world.clear()

    @initialize()
    def begin(self) -> None:
        """In calm weather each has two todos and two files that are announced. Then the service is impatient."""
        for person in self.people.values():
            for word in WORDS:
                person.create(self._new(word), None)
            assert person.list_todos("all", "", 200)
            for todo_id in list(person.todos.known):
                person.start_upload(todo_id, f"{person.name:.>10}".encode())
        for clients in self.world.impatient.values():
            self.stack.enter_context(clients.used())

    # --- The weather ---

    @rule(weather=storms)
    def breaks(self, weather: Weather) -> None:
        """Until it calms."""
        self._break(weather)

    @rule()
    def calms(self) -> None:
        self.world.clear()

    def _break(self, weather: Weather | None) -> None:
        if weather:
            times = 1 if weather.kind.is_silent else weather.times
            fault = weather.kind.at(weather.endpoint)
            self.world.proxies[weather.endpoint].inject(fault, skip=weather.skip, times=times)

    # --- Todos ---

    @rule(
        who=who,
        word=st.sampled_from(WORDS),
        key=st.sampled_from([None, None, "a", "b", "c"]),
        page=st.sampled_from(["", "", "/add"]),
        weather=weather,
    )
    def creates(self, who: str, word: str, key: str | None, page: str, weather: Weather | None) -> None:
        self._break(weather)
        self.people[who].create(self._new(word), key, page)

    @rule(who=who, key=st.sampled_from(["a", "b", "c"]), weather=weather)
    def creates_again(self, who: str, key: str, weather: Weather | None) -> None:
        self._break(weather)
        person = self.people[who]
        if key in person.todos.keys:
            person.create(person.todos.keys[key].sent, key)

    @rule(who=who, weather=storms)
    def reuses_a_key_after_a_storm(self, who: str, weather: Weather) -> None:
        """Without having been told what became of its first use."""
        self._break(weather)
        key, first, second = f"{self.number}", self._new("Milk"), self._new("Bread")
        self.people[who].create(first, key)
        self.world.clear()
        self.people[who].create(second, key)
        self.people[who].create(first, key)

    @rule(who=who, which=which, changes=changes, match=match, weather=weather)
    def edits(self, who: str, which: int, changes: dict[str, Any], match: str, weather: Weather | None) -> None:
        self._break(weather)
        new = dict(changes)
        if "word" in new:
            new["title"] = self._new(new.pop("word")).title
        names = {"due": "dateDue"}
        body = {names.get(name, name): value for name, value in new.items()}
        self._change(who, which, "PATCH", "", body, lambda version: edit(new, version), match)

    @rule(who=who, which=which)
    def completes_as_the_article(self, who: str, which: int) -> None:
        self._change(who, which, "POST", "/complete", None, lambda _: edit({"completed": True}, None))

    @rule(who=who, which=which, notes=st.sampled_from(["", "One"]))
    def adds_notes_as_the_article(self, who: str, which: int, notes: str) -> None:
        self._change(who, which, "POST", "/addnotes", {"notes": notes}, lambda _: edit({"notes": notes}, None))

    @rule(who=who, which=which, match=match, weather=weather)
    def trashes(self, who: str, which: int, match: str, weather: Weather | None) -> None:
        self._break(weather)
        self._change(who, which, "DELETE", "", None, trash, match)

    @rule(who=who, which=which)
    def trashes_as_the_article(self, who: str, which: int) -> None:
        self._change(who, which, "DELETE", "/delete", None, lambda _: trash(done=200))

    @rule(who=who, which=which, match=match, weather=weather)
    def restores(self, who: str, which: int, match: str, weather: Weather | None) -> None:
        self._break(weather)
        self._change(who, which, "POST", "/restore", None, restore, match)

    @rule(who=who, which=which, match=match)
    def reads(self, who: str, which: int, match: str) -> None:
        self._change(who, which, "GET", "", None, read, match, "If_None_Match")

    @rule(
        who=who,
        status=st.sampled_from(["all", "open", "completed", "trashed"]),
        search=st.sampled_from(["", "milk", "BREAD"]),
        limit=st.sampled_from([1, 2, 200]),
    )
    def lists(self, who: str, status: str, search: str, limit: int) -> None:
        self.people[who].list_todos(status, search, limit)

    @rule(who=who, which=st.integers(0, 99))
    def misuses_a_cursor(self, who: str, which: int) -> None:
        """Once both have one; until then, they go and get it."""
        if not all(person.cursors for person in self.people.values()):
            for person in self.people.values():
                person.list_todos("all", "", 1)
        self.people[who].misuse_a_cursor(which)

    # --- Files ---

    @rule(who=who, which=which, size=st.sampled_from([4, 10, 20]), weather=weather)
    def starts_an_upload(self, who: str, which: int, size: int, weather: Weather | None) -> None:
        self._break(weather)
        if todo_id := self._todo(who, which):
            self.number += 1
            self.people[who].start_upload(todo_id, f"{self.number}".encode().rjust(size, b"."))

    @rule(who=who, which=which)
    def uploads(self, who: str, which: int) -> None:
        if file := self._file(who, which):
            self.people[who].upload(file)

    @rule(who=who, which=which, weather=weather)
    def completes_an_upload(self, who: str, which: int, weather: Weather | None) -> None:
        self._break(weather)
        if file := self._file(who, which):
            self.people[who].complete(file)

    @rule(who=who, which=which, weather=weather)
    def uploads_and_completes(self, who: str, which: int, weather: Weather | None) -> None:
        self._break(weather)
        if file := self._file(who, which):
            self.people[who].upload(file)
            self.people[who].complete(file)

    @rule(who=who, which=which)
    def reads_a_file(self, who: str, which: int) -> None:
        if file := self._file(who, which):
            self.people[who].read_file(file)

    @rule(who=who, which=which, limit=st.sampled_from([1, 200]))
    def lists_files(self, who: str, which: int, limit: int) -> None:
        if todo_id := self._todo(who, which):
            self.people[who].list_files(todo_id, limit)

    @rule(who=who, which=which, page=st.sampled_from(["", "", "/delete"]), weather=weather)
    def deletes_a_file(self, who: str, which: int, page: str, weather: Weather | None) -> None:
        self._break(weather)
        if file := self._file(who, which):
            self.people[who].delete(file, page)

    @rule(who=who, which=which)
    def downloads(self, who: str, which: int) -> None:
        if file := self._file(who, which):
            self.world.clear()
            self.people[who].download(file)

    # --- Both ---

    @rule(who=who, weather=weather)
    def asks_for_erasure(self, who: str, weather: Weather | None) -> None:
        self._break(weather)
        self.people[who].ask_for_erasure()

    @rule(who=who, which=st.integers(0, 99), method=st.sampled_from(["GET", "PATCH", "DELETE"]))
    def trespasses(self, who: str, which: int, method: str) -> None:
        person = self.people[who]
        paths = list(person.paths_of_others())
        person.trespass(method, paths[which % len(paths)])

    def teardown(self) -> None:
        self.stack.close()
        self.world.clear()
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            for person in self.people.values():
                person.tally()

    def _end(self) -> None:
        note("in the end:")
        for person in self.people.values():
            person.make_sure()
        for person in self.people.values():
            for path in person.paths_of_others():
                person.trespass("GET", path)
        for person in self.people.values():
            person.assert_all_is_there_once()
        for person in [person for person in self.people.values() if person.wants_to_be_erased]:
            del self.people[person.name]
            person.be_erased()
        for person in self.people.values():
            person.assert_all_is_there_once()

    def _new(self, word: str) -> Todo:
        self.number += 1
        return Todo(f"{self.number} {word}")

    def _todo(self, who: str, which: int) -> str | None:
        known = list(self.people[who].todos.known)
        return known[which % len(known)] if known else None

    def _file(self, who: str, which: int) -> Any:
        files = self.people[who].files
        return files[which % len(files)] if files else None

    def _change(
        self,
        who: str,
        which: int,
        method: str,
        page: str,
        body: Any,
        effect: Callable[[int | None], Effect],
        match: str = "none",
        header: str = "If_Match",
    ) -> None:
        if todo_id := self._todo(who, which):
            version = self.people[who].todos.known[todo_id].version
            sent = {"none": None, "current": version, "stale": version + 7}[match]
            headers = {} if sent is None else {header: f'"{sent}"'}
            self.people[who].change(method, todo_id, page, body, effect(sent), **headers)

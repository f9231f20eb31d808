"""Histories as a state machine: anything that people do to documents, settings and stores, and ingests in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import history_checks as checks
from history_folder import BAD, TAGS, File, Folder, Place
from history_index import FAULTS, Fuse, Index, InMemoryIndex, Knobs, Process
from history_ingest import Asked, exported, ingest
from history_model import Model, differences, from_scratch, version_of
from history_pages import Page, blocks, names, page_titles, pages, parts
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from wekadocs_assets.core.recipe import ASSETS

number = st.integers(0, 6)
tags = st.sampled_from(TAGS)
places = st.tuples(tags, names)
asks = st.builds(
    Asked,
    tags=st.sampled_from([TAGS, TAGS, TAGS[::-1], TAGS[:1]]),
    delete=st.sampled_from([True, True, True, False]),
    verify=st.booleans(),
    parts=st.sampled_from([500, 500, 1, 2]),
    graph_first=st.booleans(),
)
waits = st.integers(0, 3)
"""Seconds before a scan: younger than two, a file is read whatever its size and time say."""


def is_page(file: File) -> bool:
    return file.page is not None


def is_there(file: File) -> bool:
    """Not a link to nothing, which cannot be named in a command."""
    return not file.is_link


def has_parts(file: File) -> bool:
    return bool(file.page and file.page.parts)


class History(RuleBasedStateMachine):
    """Subclasses say what makes the index. Files are called by number: whichever there are, round and round."""

    make_index: Callable[[Path], Index]

    def __init__(self) -> None:
        super().__init__()
        self._temporary = TemporaryDirectory()
        place = Path(self._temporary.name)
        self.folder, self.index = Folder(place / "files"), self.make_index(place)
        self.model, self.knobs = Model(), Knobs()
        self.versions: dict[str, Knobs] = {}
        self.forgotten: set[str] = set()

    def teardown(self) -> None:
        self._temporary.cleanup()

    # Documents

    @initialize(corpus=st.dictionaries(places, pages, min_size=2, max_size=4))
    def begin(self, corpus: dict[Place, Page]) -> None:
        for place, page in sorted(corpus.items()):
            self.folder.write(place, page)
        self.ingest_as(Asked())

    @rule(place=places, page=pages)
    def write_a_page(self, place: Place, page: Page) -> None:
        self.folder.write(place, page)

    def change(self, n: int, change: Callable[[Page], Page], wanted: Callable[[File], bool] = is_page) -> None:
        place = self.folder.chosen(n, wanted)
        note(f"the file is {place}")
        self.folder.write(place, change(self.folder.files[place].page))

    def has(self, wanted: Callable[[File], bool]) -> bool:
        return any(map(wanted, self.folder.files.values()))

    @precondition(lambda self: self.has(is_page))
    @rule(n=number, title=page_titles)
    def retitle_a_page(self, n: int, title: str) -> None:
        self.change(n, lambda page: replace(page, title=title))

    @precondition(lambda self: self.has(is_page))
    @rule(n=number, older=st.integers(0, 2))
    def change_words_but_not_their_length(self, n: int, older: int) -> None:
        """older: by how much the new file is older than the one that it takes the place of; 0: it is written now."""
        place = self.folder.chosen(n, is_page)
        file = self.folder.files[place]
        mtime = file.mtime - older if older else self.folder.now
        self.folder.put(place, File(file.page.twin.content, mtime, file.page.twin))

    @precondition(lambda self: self.has(is_page))
    @rule(n=number, at=number, part=parts)
    def add_a_section(self, n: int, at: int, part) -> None:
        self.change(n, lambda page: page.with_part(at, part))

    @precondition(lambda self: self.has(has_parts))
    @rule(n=number, at=number)
    def remove_a_section(self, n: int, at: int) -> None:
        self.change(n, lambda page: page.without_part(at), has_parts)

    @precondition(lambda self: self.has(has_parts))
    @rule(n=number, at=number, like=parts)
    def retitle_a_section(self, n: int, at: int, like) -> None:
        self.change(n, lambda page: page.changed_part(at, title=like.title, level=like.level), has_parts)

    @precondition(lambda self: self.has(has_parts))
    @rule(n=number, at=number, text=blocks)
    def edit_a_section(self, n: int, at: int, text: tuple[str, ...]) -> None:
        self.change(n, lambda page: page.changed_part(at, blocks=text), has_parts)

    @precondition(lambda self: self.has(has_parts))
    @rule(n=number, at=number, to=number)
    def move_a_section_within_its_page(self, n: int, at: int, to: int) -> None:
        self.change(n, lambda page: page.moved_part(at, to), has_parts)

    @precondition(lambda self: self.has(has_parts))
    @rule(n=number, at=number, m=number, to=number, stays=st.booleans())
    def move_or_copy_a_section_to_another_page(self, n: int, at: int, m: int, to: int, stays: bool) -> None:
        page = self.folder.files[self.folder.chosen(n, has_parts)].page
        part = page.parts[at % len(page.parts)]
        self.change(n, lambda page: page if stays else page.without_part(at), has_parts)
        self.change(m, lambda page: page.with_part(to, part))

    # Files

    @precondition(lambda self: self.folder.files)
    @rule(n=number, to=places)
    def rename_a_file(self, n: int, to: Place) -> None:
        self.folder.rename(self.folder.chosen(n), to)

    @precondition(lambda self: self.folder.files)
    @rule(n=number, m=number)
    def swap_two_names(self, n: int, m: int) -> None:
        self.folder.swap(self.folder.chosen(n), self.folder.chosen(m))

    @precondition(lambda self: self.folder.files)
    @rule(n=number)
    def delete_a_file(self, n: int) -> None:
        self.folder.remove(self.folder.chosen(n))

    @rule(n=number, place=places, as_it_was=st.booleans())
    def put_earlier_bytes_somewhere(self, n: int, place: Place, as_it_was: bool) -> None:
        """Re-adds, copies and reverts; as_it_was: with its old time."""
        file = self.folder.past[-1 - n % len(self.folder.past)]
        self.folder.put(place, file if as_it_was else replace(file, mtime=self.folder.now))

    @precondition(lambda self: self.folder.files)
    @rule(n=number, how=st.sampled_from(sorted(BAD)))
    def spoil_a_file(self, n: int, how: str) -> None:
        self.folder.spoil(self.folder.chosen(n), how)

    @rule(place=places, how=st.sampled_from(sorted(BAD)))
    def put_a_bad_file(self, place: Place, how: str) -> None:
        self.folder.spoil(place, how)

    @rule(tag=tags)
    def move_a_root(self, tag: str) -> None:
        self.folder.move_root(tag)

    @rule(seconds=st.integers(1, 3))
    def let_time_pass(self, seconds: int) -> None:
        self.folder.now += seconds

    # Settings

    @rule(tokens=st.sampled_from([128, 32, 16]))
    def change_the_chunk_size(self, tokens: int) -> None:
        self.knobs = replace(self.knobs, chunk_tokens=tokens)

    @rule(model=st.sampled_from(["hash", "hash-16"]))
    def change_the_model(self, model: str) -> None:
        self.knobs = replace(self.knobs, model=model)

    @rule(programs=st.sampled_from(["", "weir", "tidectl,weir"]))
    def change_the_vocabulary(self, programs: str) -> None:
        self.knobs = replace(self.knobs, programs=programs)

    @rule(keep=st.booleans())
    def keep_old_vectors(self, keep: bool) -> None:
        self.knobs = replace(self.knobs, keep_old_vectors=keep)

    @rule(asset=st.integers(0, len(ASSETS) - 1))
    def revise_the_code_of_an_asset(self, asset: int) -> None:
        revisions = [revision + (n == asset) for n, revision in enumerate(self.knobs.revisions)]
        self.knobs = replace(self.knobs, revisions=tuple(revisions))

    # Ingests

    @rule(asked=asks, wait=waits)
    def ingest(self, asked: Asked, wait: int) -> None:
        self.folder.now += wait
        self.ingest_as(asked)

    @rule(wait=waits)
    def ingest_all(self, wait: int) -> None:
        self.folder.now += wait
        self.ingest_as(Asked())

    @precondition(lambda self: self.has(is_there))
    @rule(n=number, wait=waits)
    def ingest_one_file(self, n: int, wait: int) -> None:
        self.folder.now += wait
        tag, name = self.folder.chosen(n, is_there)
        self.ingest_as(Asked(tags=(tag,), within=name))

    @rule(asked=asks, fault=st.sampled_from(sorted(FAULTS)), calls=st.integers(1, 40) | st.integers(1, 200))
    def ingest_broken_off(self, asked: Asked, fault: str, calls: int) -> None:
        self.ingest_as(asked, Fuse(calls, fault))

    @rule(asked=asks, place=places, page=pages)
    def ingest_while_a_file_is_written(self, asked: Asked, place: Place, page: Page) -> None:
        self.ingest_as(replace(asked, between=lambda: self.folder.write(place, page)))

    @precondition(lambda self: self.folder.files)
    @rule(asked=asks, n=number)
    def ingest_while_a_file_is_deleted(self, asked: Asked, n: int) -> None:
        self.ingest_as(replace(asked, between=lambda: self.folder.remove(self.folder.chosen(n))))

    def ingest_as(self, asked: Asked, fuse: Fuse | None = None) -> None:
        before, fuse = dict(self.folder.files), fuse or Fuse()
        self.versions[version_of(self.knobs)] = self.knobs
        stored = self.checksums()
        reader = self.reader(before)
        fuse.reader = reader or fuse.reader
        done = ingest(self.index, self.knobs, self.folder, asked, fuse)
        faulty = bool(fuse.burnt_at)
        if faulty:
            note(f"{fuse.fault} at {fuse.burnt_at}; it {'broke off' if done.ended else 'came to its end'}")
        self.model.ingested(before, self.knobs, asked, done, faulty=faulty)
        assert not (reader and reader.met)
        if not faulty and asked.parts == 500:
            checks.encoded_only_what_is_new(done, stored)
        if not done.ended and self.model.is_known:
            checks.has_no_drift(done)
            self.is_as_if_it_were_new()
            if not faulty and before == self.folder.files and asked.delete and set(asked.tags) == set(TAGS):
                self.is_settled(before)

    @contextmanager
    def opened(self) -> Iterator[Process]:
        with self.index.process(self.knobs) as process, process.stores.lock.writing():
            yield process

    @property
    def is_quick(self) -> bool:
        """Whether looking into the stores costs next to nothing."""
        return isinstance(self.index, InMemoryIndex)

    def checksums(self) -> set[tuple[str, str]]:
        if not self.is_quick:
            return set()
        with self.opened() as process:
            return checks.checksums(process)

    def reader(self, files: dict[Place, File]) -> checks.Reader | None:
        known = self.model.served and self.model.is_known
        return checks.Reader(self.index, self.knobs, files) if self.is_quick and known else None

    def is_as_if_it_were_new(self) -> None:
        with self.opened() as process:
            found, active = exported(process)
        wanted = from_scratch(self.model.served, self.versions.get(active, self.knobs))
        assert not differences(found, wanted, self.model.failed)

    def is_settled(self, files: dict[Place, File]) -> None:
        """After an ingest of all that is there, which nothing came in the way of.

        What a page that cannot come in says in its older version may be lacking in a further vector store.
        """
        self.forgotten.discard(version_of(self.knobs))
        with self.opened() as process:
            if len(self.knobs.stores) == 1 or all(file.fate == "good" for file in files.values()):
                checks.has_nothing_to_do(process, self.folder, files)
                checks.has_its_mirrors_equal(process, self.knobs)
            checks.has_nothing_left_over(process, self.knobs, self.model.served, self.forgotten)
            ill = {"unreadable"} if len(self.knobs.stores) == 1 else {"unreadable", "bad"}
            if not any(file.fate in ill for file in files.values()):  # it may be of an older recipe
                assert checks.agrees(process)

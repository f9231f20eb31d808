"""The process that polls: every answer must be whole; what a reader may see in the middle of a replacement is counted."""

from __future__ import annotations

import random
import time
from pathlib import Path

from gap.board import Board
from gap.expectations import Expectation, Group, Told, always
from gap.views import Rest, View, is_current, look, rest, sections, unlike_file, untrue
from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.pipeline import Pipeline

SLOW, LONGEST_PAUSE = 0.1, 0.3
"""How often a reader without a lock waits between its two questions, and the most seconds that it does."""


class Reader:
    """folder: the documents. told: what must answer. Violations go to stdout, a line each."""

    def __init__(self, pipeline: Pipeline, folder: Path, told: Told, board: Board, chance: random.Random) -> None:
        self.pipeline, self.folder, self.told, self.board, self.chance = pipeline, folder, told, board, chance
        self.locked = pipeline.stores[0].engine == "edge"
        self.index = f"{pipeline.vectors.engine}/{pipeline.active.embedding_version}"

    def run(self) -> None:
        while not self.board.stop:
            now = self.told.since()[-1]
            if not now.ingesting and self.board.verified < now.number:
                self._verify(now)
            elif self.locked:
                self._round(now.pages)
            else:
                self._round([self.chance.choice(now.pages)] if now.pages else [])

    def _round(self, groups: list[Group] | tuple[Group, ...]) -> None:
        """One view of the stores: all pages under one hold of the lock, or one page without."""
        if not groups:
            return
        names = [name for group in groups for name in group]
        if self.locked:
            with self.pipeline.lock.reading():
                views, more = look(self.pipeline, names), rest(self.pipeline, names)
        else:
            pause = self.chance.random() * LONGEST_PAUSE if self.chance.random() < SLOW else 0.0
            self.board.slow_polls += bool(pause)
            views, more = self._one_by_one(names, pause), None
        held = self.told.since()
        self.board.rounds += 1
        for group in groups:
            self.board.polls += 1
            self.board.polls_while_ingesting += all(expectation.ingesting for expectation in held)
            self._judge(group, [views[name] for name in group], more, held)

    def _one_by_one(self, names: list[str], pause: float) -> dict[str, View]:
        """The former name first: the new one is written before the former goes."""
        return {name: look(self.pipeline, [name], pause)[name] for name in names}

    def _judge(self, group: Group, views: list[View], more: Rest | None, held: list[Expectation]) -> None:
        if always(group, held) and not any(view.payloads for view in views):
            self._violation(f"{group} was empty, expected in {[e.number for e in held]}")
        for view in views:
            if view.without_section:
                self._judge_lost(view)
            if more and view.payloads:
                self._judge_texts(view, more)

    def _judge_lost(self, view: View) -> None:
        """Points without a section. Without a lock the writer may have deleted both since: then the points are gone too."""
        lost = view.without_section
        if not self.locked:
            there = look(self.pipeline, [view.name])[view.name].payloads
            still = [view.payloads[key]["section_id"] for key in lost if key in there]
            absent = set(still) - sections(self.pipeline, still).keys()
            self.board.raced += 1
            self.board.raced_whole_page += len(lost) == len(view.payloads)
            if not absent:
                return
        self._violation(f"{view.name}: {len(lost)} of {len(view.payloads)} points without their section")

    def _judge_texts(self, view: View, more: Rest) -> None:
        found = list(untrue(view, more))
        if not found:
            return
        entry = more.ledger.get(view.name)
        if entry is None or is_current(entry, self.index):
            self._violation(f"the ledger says current, but {found}")
        else:
            self.board.midway += 1

    def _verify(self, now: Expectation) -> None:
        """After an ingest has returned: every page as its file has it."""
        names = [name for group in now.pages for name in group]
        with self.pipeline.lock.reading():
            views, more = look(self.pipeline, names), rest(self.pipeline, names)
            for name in names:
                self.board.checked_pages += 1
                for problem in (
                    *untrue(views[name], more),
                    *unlike_file(self.pipeline, views[name], self.folder / name),
                ):
                    self._violation(f"after the ingest had returned: {problem}")
            stored = self.pipeline.vectors.count(self.pipeline.active.embedding_version)
        if stored != sum(len(view.payloads) for view in views.values()):
            self._violation(f"after the ingest had returned: {stored} points, not those of the pages alone")
        self.board.verified = now.number

    def _violation(self, what: str) -> None:
        self.board.violations += 1
        print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def read(folder: Path, announcements: Path, board: Board, seed: str) -> int:
    """For a forked child: polls until it is told to stop."""
    pipeline = bootstrap.open_reader(read_settings())
    Reader(pipeline, folder, Told(announcements), board, random.Random(seed)).run()
    return 0

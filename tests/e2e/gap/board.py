"""Numbers that the reader and the writer see of each other, in memory that both processes have."""

from __future__ import annotations

import mmap
import struct

NUMBER = struct.Struct("=q")
NAMES = (
    "polls", "polls_while_ingesting", "rounds", "midway", "raced", "raced_whole_page", "slow_polls", "checked_pages",
    "violations", "verified", "stop",
)  # fmt: skip
MEANINGS = {
    "polls": "pages asked for",
    "polls_while_ingesting": "of these while an ingest ran",
    "rounds": "views of the stores that the polls were made in (embedded: holds of the lock)",
    "midway": "(with edge) polls that found a page's points still of the text before, its sections already of the new one",
    "raced": "polls whose points were deleted, with their sections, between the reader's two questions",
    "raced_whole_page": "of these where no point of the first answer had its section any more",
    "slow_polls": "polls that waited between the two questions",
    "checked_pages": "pages compared with their file, text by text, after an ingest had returned",
    "violations": "broken promises",
}


class Board:
    """Made before the fork; each number has one writer. board.polls += 1"""

    def __init__(self) -> None:
        object.__setattr__(self, "_memory", mmap.mmap(-1, NUMBER.size * len(NAMES)))

    def __getattr__(self, name: str) -> int:
        if name not in NAMES:
            raise AttributeError(name)
        return NUMBER.unpack_from(self._memory, NUMBER.size * NAMES.index(name))[0]

    def __setattr__(self, name: str, value: int) -> None:
        NUMBER.pack_into(self._memory, NUMBER.size * NAMES.index(name), value)

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in MEANINGS}

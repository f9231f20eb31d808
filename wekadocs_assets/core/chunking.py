"""Cuts sections into chunks that fit the model's window: if possible between paragraphs, items, rows and code lines.

The tokenizer does not belong here: the caller passes a function that returns the character span of each token.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Chunk, Section

Offsets = Callable[[str], list[tuple[int, int]]]
"""A tokenizer: text -> (start, end) of each token in characters."""

RECIPE = "1"
"""Version of this algorithm. Raise it when the same section would get other chunks or another context."""
LEAVES = ("paragraph", "code", "table_row", "term", "definition", "summary", "caption", "image")
"""Kinds of spans that a chunk does not cut if it can avoid that."""
SPECIAL_TOKENS = 2
"""Tokens that a model adds to a text at most: [CLS] and [SEP]."""
STRETCH = 1.25
"""Factor by which a chunk may exceed the wanted size, which avoids very short last chunks."""
LINE_END = re.compile("\n")
LONGEST_CONTEXT = 2000
"""Maximum length of a context in characters. A longer title indicates a damaged page."""
LONGEST_TOKEN = 40
"""Maximum length of a token in characters. A longer one (an unknown word) counts as one token per four characters."""


def chunking_part(body_tokens: int) -> str:
    """The chunking part of an embedding_version. body_tokens: wanted tokens per chunk, without the context."""
    return f"c{body_tokens}-r{RECIPE}"


def embedding_version(model_part: str, body_tokens: int) -> str:
    """The model part and the chunking part. Vectors with equal versions are comparable."""
    return f"{model_part}.{chunking_part(body_tokens)}"


def made_by(model_part: str, version: str) -> bool:
    """Whether the version is of this model: `hash-64` matches `hash-64.c128-r1`, but not `hash-640.c128-r1`."""
    return re.match(re.escape(model_part) + r"(?![a-z0-9])", version) is not None


def cut(
    section: Section, title: str, offsets: Offsets, body_tokens: int, max_tokens: int, embedding_version: str
) -> list[Chunk]:
    """The chunks of a section, in order. Each non-blank character is in exactly one of them.

    title: the page's title. body_tokens: wanted tokens of a chunk without its context; max_tokens: the model's limit
    for the context, the body and the special tokens. A section without text gets one chunk with an empty span, so that
    a search can find it by its heading; without any context either, it gets none.
    """
    room = max_tokens - SPECIAL_TOKENS
    wanted = max(1, min(body_tokens, room))
    context = _fitting_context(section, title, offsets, max(room - int(wanted * STRETCH), room // 3))
    limit = max(1, min(int(wanted * STRETCH), room - len(offsets(context))))
    chunks: list[Chunk] = []
    if not context and not section.text.strip():
        return chunks
    starts = _token_starts(section.text, offsets)
    for start, end in _spans(section, starts, min(wanted, limit), limit):
        for piece in _within_window(section.text, start, end, context, offsets, room):
            chunks.append(_chunk(section, context, len(chunks), *piece, embedding_version))
    return chunks


def encoded_text(section: Section, title: str, chunk: Chunk) -> str:
    """The exact string that the model encodes. The chunk's checksum identifies the context that was chosen for it.

    ValueError if the chunk was cut from another text.
    """
    text = _text_of(section, title, chunk)
    if text is None:
        raise ValueError(f"chunk {chunk.id} was not cut from this text of section {section.id}")
    return text


def is_cut_from(section: Section, title: str, chunk: Chunk) -> bool:
    """Whether the chunk matches the current text, title and headings of the section."""
    return _text_of(section, title, chunk) is not None


def _text_of(section: Section, title: str, chunk: Chunk) -> str | None:
    texts = (_join(context, section.text[chunk.start : chunk.end]) for context in _contexts(section, title))
    return next((text for text in texts if ids.checksum(text) == chunk.checksum), None)


def _chunk(section: Section, context: str, order: int, start: int, end: int, tokens: int, version: str) -> Chunk:
    return Chunk(
        id=ids.chunk_id(section.id, version, order),
        section_id=section.id,
        order=order,
        start=start,
        end=end,
        checksum=ids.checksum(_join(context, section.text[start:end])),
        tokens=tokens,
        embedding_version=version,
    )


def _join(context: str, body: str) -> str:
    return f"{context}\n{body}" if context and body else context or body


def _contexts(section: Section, title: str) -> Iterator[str]:
    """Possible contexts, longest first: title and heading path, title and own heading, then halves of it down to ''."""
    path = list(section.heading_path)
    if path[:1] != [title]:
        path.insert(0, title)
    path = [step for step in path if step]
    context = " > ".join(path)[:LONGEST_CONTEXT].rstrip()
    yield context
    if len(path) > 2:
        context = f"{path[0]} > {path[-1]}"[:LONGEST_CONTEXT].rstrip()
        yield context
    while context:
        context = context[: len(context) // 2].rstrip()
        yield context


def _fitting_context(section: Section, title: str, offsets: Offsets, budget: int) -> str:
    return next(c for c in _contexts(section, title) if not c or len(offsets(c)) <= budget)


def _token_starts(text: str, offsets: Offsets) -> list[int]:
    starts: list[int] = []
    for start, end in offsets(text):
        starts.extend(range(start, end, 4) if end - start > LONGEST_TOKEN else (start,))
    return starts


def _spans(section: Section, starts: list[int], wanted: int, limit: int) -> Iterator[tuple[int, int]]:
    """Spans of about equal size that combine adjacent atoms, without surrounding blanks; (0, 0) for a blank text."""
    if not section.text.strip():
        yield 0, 0
        return
    bounds = _atom_bounds(section, starts, wanted, limit)
    marks = [bisect_left(starts, bound) for bound in bounds]
    first = 0
    while first < len(bounds) - 1:
        last = _pack(marks, first, wanted, limit)
        yield from _trimmed(section.text, bounds[first], bounds[last])
        first = last


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without surrounding white space; no span if it is blank."""
    body = text[start:end].strip()
    if body:
        start = text.index(body[0], start)
        yield start, start + len(body)


def _pack(marks: list[int], first: int, wanted: int, limit: int) -> int:
    """Index of the bound that ends the chunk beginning at `first`: the nearest one to an equal share of the rest."""
    left = marks[-1] - marks[first]
    share = left / _parts(left, wanted, limit)
    last = first + 1
    while last < len(marks) - 1:
        size, longer = marks[last] - marks[first], marks[last + 1] - marks[first]
        if longer > limit or (size > 0 and longer - share > share - size):
            break
        last += 1
    return last


def _parts(tokens: int, wanted: int, limit: int) -> int:
    """Number of chunks for so many tokens: each near `wanted`, none above `limit`."""
    parts = max(1, round(tokens / wanted))
    return parts if tokens <= parts * limit else -(-tokens // limit)


def _atom_bounds(section: Section, starts: list[int], wanted: int, limit: int) -> list[int]:
    """Offsets at which a chunk may begin or end, from 0 to the end of the text.

    Atoms longer than a chunk are divided.
    """
    bounds = [0]
    for bound in (*_line_bounds(section), len(section.text)):
        bounds.extend(_cuts_inside(section.text, bounds[-1], bound, starts, wanted, limit))
        bounds.append(bound)
    return bounds


def _line_bounds(section: Section) -> list[int]:
    """Starts of the lines on which a leaf begins, and of all lines of code.

    The line's start is used because a list marker may precede the leaf. A text without leaves: starts of all its lines.
    """
    text, found = section.text, set()
    leaves = section.spans_of(*LEAVES)
    for leaf in leaves:
        found.add(text.rfind("\n", 0, leaf.start) + 1)
        if leaf.kind == "code":
            found.update(m.end() for m in LINE_END.finditer(text, leaf.start, leaf.end))
    if not leaves:
        found.update(m.end() for m in LINE_END.finditer(text))
    return sorted(found - {0, len(text)})


def _cuts_inside(text: str, start: int, end: int, starts: list[int], wanted: int, limit: int) -> Iterator[int]:
    """Cuts that divide a long atom into about equal shares, each at a line end, a sentence end, a blank or anywhere."""
    first, stop = bisect_left(starts, start), bisect_left(starts, end)
    while stop - first > limit and start < end - 1:
        share = -(-(stop - first) // _parts(stop - first, wanted, limit))
        farthest = max(starts[first + share], start + 1)
        start = _best_cut(text, starts[first + share // 2], farthest)
        yield start
        first = max(bisect_left(starts, start), first + 1)


def _best_cut(text: str, low: int, high: int) -> int:
    """The best offset for a cut between low and high: after a line, a sentence, a blank, else `high`."""
    for sign in ("\n", ". ", " "):
        at = text.rfind(sign, low, high)
        if at > low:
            return at + len(sign)
    return next((i for i in range(high, low, -1) if text[i - 1].isspace()), high)


def _within_window(
    text: str, start: int, end: int, context: str, offsets: Offsets, room: int
) -> Iterator[tuple[int, int, int]]:
    """(start, end, tokens) of the span with its context; halved, repeatedly, if it has more than `room` tokens.

    A tokenizer may count more tokens in a piece than in the same characters of the whole text.
    """
    tokens = len(offsets(_join(context, text[start:end])))
    if tokens <= room or end - start < 2:
        yield start, end, tokens
        return
    middle = _best_cut(text, (start + end) // 2 - (end - start) // 4, (start + end) // 2)
    for low, high in ((start, middle), (middle, end)):
        for piece in _trimmed(text, low, high):
            yield from _within_window(text, *piece, context, offsets, room)

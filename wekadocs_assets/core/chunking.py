"""Cuts sections into chunks that fit the model's window: whole paragraphs, items, rows and code lines where possible.

Tokenizing belongs to the model: the caller passes a function that gives the character span of each token of a text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Chunk, Section

Offsets = Callable[[str], list[tuple[int, int]]]

RECIPE = "1"
"""Raised whenever the same section would be cut or put into context in another way."""
LEAVES = ("paragraph", "code", "table_row", "term", "definition", "summary", "caption", "image")
SPECIAL_TOKENS = 2
"""What a model adds around a text: [CLS] and [SEP], or fewer."""
STRETCH = 1.25
"""How far a chunk may go beyond the wanted size before it is cut in two: better than a tiny tail."""
LINE_END = re.compile("\n")
LONGEST_CONTEXT = 2000
"""Characters; a longer title is a sign of a damaged page."""
LONGEST_TOKEN = 40
"""Characters; a tokenizer that makes one 'unknown' of a blob is counted as one token per four characters."""


def chunking_part(body_tokens: int) -> str:
    """The chunking half of an embedding_version."""
    return f"c{body_tokens}-r{RECIPE}"


def embedding_version(model_part: str, body_tokens: int) -> str:
    """What makes two chunks' vectors comparable: the model's half and the chunking's."""
    return f"{model_part}.{chunking_part(body_tokens)}"


def made_by(model_part: str, version: str) -> bool:
    """Whether the version is of this model: the part ends there, or its last word does (`hash-64`, not `hash-640`)."""
    return re.match(re.escape(model_part) + r"(?![a-z0-9])", version) is not None


def cut(
    section: Section, title: str, offsets: Offsets, body_tokens: int, max_tokens: int, embedding_version: str
) -> list[Chunk]:
    """The chunks of a section, in order: each non-blank character in exactly one, none over `max_tokens`.

    title: the page's title. A section without text is found by its heading: one chunk with an empty span.
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
    """The exact string that is encoded; the chunk's checksum says which length of context was cut for it."""
    text = _text_of(section, title, chunk)
    if text is None:
        raise ValueError(f"chunk {chunk.id} was not cut from this text of section {section.id}")
    return text


def is_cut_from(section: Section, title: str, chunk: Chunk) -> bool:
    """Whether the chunk still says what the section says."""
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
    """Page title and heading path, then shorter forms: page and own heading only, then cut in halves."""
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
    """Neighbouring atoms packed into stretches of about equal size, without the blanks around them."""
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
    """The stretch without the blanks around it; nothing when it is blank."""
    body = text[start:end].strip()
    if body:
        start = text.index(body[0], start)
        yield start, start + len(body)


def _pack(marks: list[int], first: int, wanted: int, limit: int) -> int:
    """Index of the bound that ends the chunk beginning at `first`: the one nearest to an equal share of what is left."""
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
    parts = max(1, round(tokens / wanted))
    return parts if tokens <= parts * limit else -(-tokens // limit)


def _atom_bounds(section: Section, starts: list[int], wanted: int, limit: int) -> list[int]:
    """Where a chunk may begin, 0 and the text's end included; atoms longer than a chunk are cut at words."""
    bounds = [0]
    for bound in (*_line_bounds(section), len(section.text)):
        bounds.extend(_cuts_inside(section.text, bounds[-1], bound, starts, wanted, limit))
        bounds.append(bound)
    return bounds


def _line_bounds(section: Section) -> list[int]:
    """Starts of the lines on which a leaf begins (its list marker precedes it), and of all lines of code."""
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
    """Cuts that make an atom fit, best first: line end, sentence end, blank, anywhere; looked for near equal shares."""
    first, stop = bisect_left(starts, start), bisect_left(starts, end)
    while stop - first > limit and start < end - 1:
        share = -(-(stop - first) // _parts(stop - first, wanted, limit))
        farthest = max(starts[first + share], start + 1)
        start = _best_cut(text, starts[first + share // 2], farthest)
        yield start
        first = max(bisect_left(starts, start), first + 1)


def _best_cut(text: str, low: int, high: int) -> int:
    for sign in ("\n", ". ", " "):
        at = text.rfind(sign, low, high)
        if at > low:
            return at + len(sign)
    return next((i for i in range(high, low, -1) if text[i - 1].isspace()), high)


def _within_window(
    text: str, start: int, end: int, context: str, offsets: Offsets, room: int
) -> Iterator[tuple[int, int, int]]:
    """The stretch with its token count; halved where a tokenizer sees more tokens in the piece than in the whole."""
    tokens = len(offsets(_join(context, text[start:end])))
    if tokens <= room or end - start < 2:
        yield start, end, tokens
        return
    middle = _best_cut(text, (start + end) // 2 - (end - start) // 4, (start + end) // 2)
    for low, high in ((start, middle), (middle, end)):
        for piece in _trimmed(text, low, high):
            yield from _within_window(text, *piece, context, offsets, room)

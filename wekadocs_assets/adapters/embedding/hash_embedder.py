"""An embedder without a model, for tests and benchmarks: vectors are made from the hashes of words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from wekadocs_assets.core.ports.vectors import Embedder

if TYPE_CHECKING:
    import numpy

WORD = re.compile(r"\w+|[^\w\s]")


class HashEmbedder(Embedder):
    """A text's vector is the normalised sum of its words' vectors, so texts that share words are similar."""

    has_meaning = False

    def __init__(self, dimensions: int = 64, max_tokens: int = 256) -> None:
        self._dimensions, self._max_tokens = dimensions, max_tokens

    @property
    def model_part(self) -> str:
        return f"hash-{self._dimensions}-sum"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]

    def encode(self, texts: Sequence[str]) -> numpy.ndarray:
        return self._vectors(texts)

    def encode_questions(self, questions: Sequence[str]) -> numpy.ndarray:
        return self._vectors(questions)

    def _vectors(self, texts: Sequence[str]) -> numpy.ndarray:
        import numpy

        vectors = numpy.zeros((len(texts), self._dimensions), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for word in WORD.findall(text.lower()):
                place, sign = _hashed(word, self._dimensions)
                vectors[row, place] += sign
            length = float(numpy.linalg.norm(vectors[row]))
            if not length:  # no word, or words that cancel out
                vectors[row, 0] = length = 1.0
            vectors[row] /= length
        return vectors


@lru_cache(100_000)
def _hashed(word: str, dimensions: int) -> tuple[int, float]:
    number = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return number // 2 % dimensions, 1.0 if number % 2 else -1.0

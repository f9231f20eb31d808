"""Normalises and validates the text of a question, so that every store accepts it."""

from __future__ import annotations

import re
import unicodedata

from wekadocs_assets.core.errors import ConfigurationError

LONGEST_QUESTION = 2_000
"""Characters."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def replace_lone_surrogates(text: str) -> str:
    """Stores take UTF-8 only, which has no encoding for half of a surrogate pair; it becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")


def question(text: str) -> str:
    """The question in NFC, without control characters, white space collapsed. Empty or too long: ConfigurationError."""
    if len(text) > LONGEST_QUESTION:
        size = f"the question has {len(text):,} characters, more than {LONGEST_QUESTION:,}"
        raise ConfigurationError(size, "ask one question, not a page")
    made = " ".join(unicodedata.normalize("NFC", CONTROL.sub(" ", replace_lone_surrogates(text))).split())
    if not made:
        raise ConfigurationError("the question is empty", "ask something, for instance: ingestctl search 'how to …'")
    return made

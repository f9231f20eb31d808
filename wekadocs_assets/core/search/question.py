"""What may be asked: text from outside, made fit for every store, or refused with what to do."""

from __future__ import annotations

import re
import unicodedata

from wekadocs_assets.core.errors import ConfigurationError

LONGEST_QUESTION = 2_000
"""Characters."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def whole(text: str) -> str:
    """Half a surrogate pair is in no store's alphabet."""
    return text.encode("utf-8", "replace").decode("utf-8")


def question(text: str) -> str:
    """As it is searched for; one that is empty or too long: ConfigurationError."""
    if len(text) > LONGEST_QUESTION:
        size = f"the question has {len(text):,} characters, more than {LONGEST_QUESTION:,}"
        raise ConfigurationError(size, "ask one question, not a page")
    made = " ".join(unicodedata.normalize("NFC", CONTROL.sub(" ", whole(text))).split())
    if not made:
        raise ConfigurationError("the question is empty", "ask something, for instance: ingestctl search 'how to …'")
    return made

"""Settings with a value for each collection: `tag=value,tag=value`, or a JSON object if the values are sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.question import question


def split_list(text: str) -> tuple[str, ...]:
    """The items of a list that is separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parse_by_tag(variable: str, text: str, what: str, example: str) -> Iterator[tuple[str, str]]:
    """(tag, value) pairs. what: the kind of the values, for the message of the ConfigurationError."""
    for item in split_list(text):
        tag, _, value = (part.strip() for part in item.partition("="))
        if not tag or not value:
            raise ConfigurationError(f"{variable}: '{item}' is not tag={what}", f"for instance {variable}={example}")
        yield tag, value


def urls_by_tag(text: str) -> dict[str, str]:
    """tag -> base URL, from BASE_URLS. Raises ConfigurationError."""
    example = "docs=https://docs.example.com/"
    urls = dict(parse_by_tag("BASE_URLS", text, "address", example))
    for tag, url in urls.items():
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"BASE_URLS: '{tag}={url}' is not an address", f"for instance BASE_URLS={example}")
    return urls


def queries_by_tag(text: str) -> dict[str, tuple[str, ...]]:
    """tag -> questions, from the JSON object of SAMPLE_QUERIES. Raises ConfigurationError."""
    try:
        found = json.loads(text or "{}")
        if all(isinstance(queries, list) for queries in found.values()):
            return {tag: tuple(map(question, queries)) for tag, queries in found.items()}
    except ConfigurationError as error:
        raise ConfigurationError(f"SAMPLE_QUERIES: {error.message}", error.hint) from None
    except (ValueError, AttributeError, TypeError):
        pass
    hint = """for instance SAMPLE_QUERIES={"docs": ["how is a filesystem created"]}"""
    raise ConfigurationError("SAMPLE_QUERIES is not a JSON object of lists of questions by tag", hint)

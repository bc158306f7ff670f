"""A small pretrained encoder from the data folder: what it makes of each word of a text, computed once and kept.

The encoder is a BERT: word, position and type embeddings, then layers of attention and feed-forward, each normalised after.
Its parameters are read from safetensors, its word pieces from ``tokenizer.json``; nothing is downloaded, and nothing in its
files is run.

Source: Devlin, Chang, Lee & Toutanova 2019; files as sentence-transformers/all-MiniLM-L6-v2 has them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.suites.cache import cached, in_turn
from mtl_core.suites.folder import Wanted, fingerprint, read
from mtl_core.suites.text import Row

if TYPE_CHECKING:
    from torch import Tensor

_ORIGIN = (
    "It is part of a small pretrained BERT as sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0) comes: put its config.json, "
    "model.safetensors and tokenizer.json into the folder encoder."
)
FILES = (
    Wanted(("encoder/config.json",), 100_000, origin=_ORIGIN),
    Wanted(("encoder/model.safetensors",), 500_000_000, origin=_ORIGIN),
    Wanted(("encoder/tokenizer.json",), 20_000_000, origin=_ORIGIN),
)
"""What the folder ``encoder`` has."""

KNOWN = {"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": "all-MiniLM-L6-v2 (Apache 2.0)"}
"""Weights by the SHA-256 of their file."""

_SIZES = {
    "vocab_size": 200_000,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 64,
    "intermediate_size": 4096,
    "max_position_embeddings": 4096,
    "type_vocab_size": 16,
}
"""The sizes that ``config.json`` says, and the largest that are read."""

_BATCH = 32
_KIND = "encoder 1"

States = npt.NDArray[np.float16]


def weights_of(files: Sequence[Path]) -> str:
    """Whose the weights are, by the hash of their file; ``files`` are where ``FILES`` were found."""
    return KNOWN.get(fingerprint(files[1:2]), "unknown weights")


def states(rows: Sequence[Row], files: Sequence[Path], places: int) -> States:
    """What ``embedded`` computes, kept in the cache by the hash of files and rows."""
    made_from = hashlib.sha256(f"{fingerprint(files)} {places}".encode())
    for row in rows:
        made_from.update("\0".join((*row.question, "", *row.read, "")).encode())
    found = cached(_KIND, made_from.hexdigest(), lambda: {"states": embedded(rows, files, places)})["states"]
    return np.asarray(found, dtype=np.float16)


def embedded(rows: Sequence[Row], files: Sequence[Path], places: int) -> States:
    """``(N, places, D)`` float16: the last layer's state of each word as ``Row.read`` has them, the mean over its pieces; zero
    where there is none. The mark before a question and that before its text are what the encoder has there, ``[CLS]`` and
    ``[SEP]``.

    Args:
        rows: of at most so many words as read.
        files: where ``FILES`` were found.
        places: words of the longest.

    Raises:
        DataError: the files are no such encoder, a text is too long for it, or the package ``tokenizers`` is not installed.
    """
    import torch  # suites load without it

    config = _config(read(files[0], FILES[0].most))
    weights = _weights(files[1], config)
    pieces = _pieces(rows, files[2], config)
    found = np.zeros((len(rows), places, config["hidden_size"]), dtype=np.float16)
    order = sorted(range(len(rows)), key=lambda place: len(pieces[place][0]))
    for start in in_turn(range(0, len(order), _BATCH)):
        batch = order[start : start + _BATCH]
        length = max(len(pieces[place][0]) for place in batch)
        ids = torch.zeros(len(batch), length, dtype=torch.int64)
        there = torch.zeros(len(batch), length, dtype=torch.bool)
        for line, place in enumerate(batch):
            numbers = pieces[place][0]
            ids[line, : len(numbers)], there[line, : len(numbers)] = torch.tensor(numbers), True
        with torch.no_grad():
            last = bert(weights, config, ids, there).numpy()
        for line, place in enumerate(batch):
            numbers, words = pieces[place]
            for word in range(len(rows[place].read)):
                own = [piece for piece, of in enumerate(words) if of == word] or list(range(len(numbers)))
                found[place, word] = last[line, own].mean(axis=0)  # a word without pieces of its own is the mean of all
    return found


def bert(weights: "Mapping[str, Tensor]", config: Mapping[str, Any], ids: "Tensor", there: "Tensor") -> "Tensor":
    """The last layer's states.

    Args:
        weights: by their names in the file.
        config: sizes, and ``layer_norm_eps``.
        ids: ``(B, L)`` int64 word pieces.
        there: ``(B, L)`` bool which of them are no padding.

    Returns:
        ``(B, L, D)``.
    """
    import torch.nn.functional as F

    width, heads, epsilon = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    batch, length = ids.shape

    def linear(name: str, x: "Tensor") -> "Tensor":
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def normal(name: str, x: "Tensor") -> "Tensor":
        return F.layer_norm(x, (width,), weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon)

    words, places = weights["embeddings.word_embeddings.weight"], weights["embeddings.position_embeddings.weight"]
    types = weights["embeddings.token_type_embeddings.weight"]
    x = normal("embeddings.LayerNorm", F.embedding(ids, words) + places[:length] + types[0])
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            linear(f"{layer}.attention.self.{name}", x).view(batch, length, heads, width // heads).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(query, key, value, there.view(batch, 1, 1, length))
        mixed = linear(f"{layer}.attention.output.dense", mixed.transpose(1, 2).reshape(batch, length, width))
        x = normal(f"{layer}.attention.output.LayerNorm", x + mixed)
        wide = F.gelu(linear(f"{layer}.intermediate.dense", x))
        x = normal(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", wide))
    return x


def _config(content: bytes) -> dict[str, Any]:
    try:
        given = json.loads(content)
        config: dict[str, Any] = {name: given[name] for name in _SIZES}
        config["layer_norm_eps"] = float(given.get("layer_norm_eps", 1e-12))
        kind, turn = given.get("model_type", "bert"), given.get("hidden_act", "gelu")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"encoder/config.json must say the sizes of a BERT in JSON, found otherwise ({shown(str(error))}); copy it anew."
        ) from error
    for name, most in _SIZES.items():
        if not isinstance(config[name], int) or isinstance(config[name], bool) or not 1 <= config[name] <= most:
            raise DataError(
                f"{name} of encoder/config.json must be a whole number from 1 to {most}, found {shown(config[name])}; it is "
                "another encoder."
            )
    if kind != "bert" or turn != "gelu" or config["hidden_size"] % config["num_attention_heads"]:
        raise DataError(
            "encoder/config.json must be of a BERT with GELU whose heads divide its width, found "
            f"{shown(kind)} with {shown(turn)}; it is another encoder."
        )
    return config


def _weights(file: Path, config: Mapping[str, Any]) -> "dict[str, Tensor]":
    """The parameters that are read, in float32; their shapes are looked at before any is loaded."""
    import torch
    from safetensors import SafetensorError, safe_open

    wanted = _shapes(config)
    try:
        with safe_open(file, framework="pt") as found:
            names = set(found.keys())
            prefix = "" if next(iter(wanted)) in names else "bert."
            for name, shape in wanted.items():
                own = tuple(found.get_slice(prefix + name).get_shape()) if prefix + name in names else ()
                if own != shape:
                    raise DataError(
                        f"encoder/model.safetensors must have {name} of shape {shape}, as config.json says, found "
                        f"{own or 'none'}; copy the folder anew."
                    )
            return {name: found.get_tensor(prefix + name).to(torch.float32) for name in wanted}
    except (SafetensorError, OSError) as error:
        raise DataError(
            f"encoder/model.safetensors must be a whole file of safetensors, found another ({shown(str(error))}); copy it anew."
        ) from error


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    width, wide = config["hidden_size"], config["intermediate_size"]

    def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}

    def normal(name: str) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": (width,), f"{name}.bias": (width,)}

    found: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
    } | normal("embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            found |= linear(f"{layer}.attention.{name}", width, width)
        found |= normal(f"{layer}.attention.output.LayerNorm") | normal(f"{layer}.output.LayerNorm")
        found |= linear(f"{layer}.intermediate.dense", width, wide) | linear(f"{layer}.output.dense", wide, width)
    return found


def _pieces(rows: Sequence[Row], file: Path, config: Mapping[str, Any]) -> list[tuple[list[int], list[int | None]]]:
    """Of each row its word pieces, and of each piece the place of its word in what is read; None for signs of the encoder's
    own."""
    if find_spec("tokenizers") is None:
        raise DataError(
            "a pretrained encoder needs the package 'tokenizers', which is not installed; install it with: "
            "pip install 'seesaw-mtl[text]'"
        )
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(read(file, FILES[2].most).decode())
    except Exception as error:  # whatever the library raises of a file that is none
        raise DataError(
            f"encoder/tokenizer.json must be one of tokenizers', found otherwise ({shown(str(error))}); copy it anew."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # A question and its text are a pair, whose first words are counted anew.
    asked = [(list(row.question), list(row.shown or row.text)) if row.question else list(row.shown or row.text) for row in rows]
    found = []
    for row, encoding in zip(rows, tokenizer.encode_batch(asked, is_pretokenized=True), strict=True):
        words: list[int | None] = []
        for word, of in zip(encoding.word_ids, encoding.sequence_ids, strict=True):
            words.append(None if word is None else word + (0 if not row.question else 1 if of == 0 else row.before))
        if row.question:  # the first and the second mark
            signs = [place for place, word in enumerate(words) if word is None]
            for sign, mark in zip(signs, (0, row.before - 1), strict=False):
                words[sign] = mark
        if len(words) > config["max_position_embeddings"] or max(encoding.ids, default=0) >= config["vocab_size"]:
            raise DataError(
                f"the encoder reads {config['max_position_embeddings']} of {config['vocab_size']} word pieces at most, found a "
                f"text of {len(words)}; the tokenizer is another one's, or the encoder too small."
            )
        found.append((list(encoding.ids), words))
    return found

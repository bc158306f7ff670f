"""Pretraining of a text's trunk: words are hidden, and it learns to tell which they were."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.errors import SpecError, shown
from mtl_core.layers.attention import Embedding
from mtl_core.layers.stage import Backbone
from mtl_core.random import Purpose, Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.pretrained import Pretrained, find, keep
from mtl_core.spec.suites import SUITES
from mtl_core.suites import load_suite
from mtl_core.suites.corpora import Corpus, corpus
from mtl_core.suites.text import HIDDEN, SPECIAL, Row, Text, encoded
from mtl_core.training import optimizers
from mtl_core.training.batches import Batches

CHOSEN = 0.2
"""Which part of the words is to be told."""

MASKED, RANDOM = 0.8, 0.1
"""Which part of these is hidden, and which is another word; the rest stays as it is."""

CLIP = 1.0
VERSION = 1
"""Raised when the same settings give another trunk."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Settings:
    """How a trunk is pretrained.

    Args:
        steps: updates, the first twentieth of them with a learning rate that rises from zero, then falling to zero.
        batch_size: texts of each.
        learning_rate: of Adam.
        seed: of first values, order and hidden words.
    """

    steps: int
    batch_size: int
    learning_rate: float
    seed: int


def pretrain(
    suite: Choice, asked: str, backbone: Choice, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Pretrained:
    """The trunk of these settings, from where trunks are kept, or trained and kept.

    Args:
        suite: a suite of texts, settled.
        asked: the texts; see ``mtl_core.suites.corpora.corpus``.
        backbone: a chosen backbone that reads texts.
        settings: how.
        device: where.
        progress: called with the steps done and all steps.

    Raises:
        SpecError: a suite or backbone that has no texts to read.
        DataError: the texts cannot be read, or the trunk cannot be kept.

    Source: masked words as BERT (Devlin et al. 2019), of whose inputs a fifth is chosen instead of 15 %.
    """
    if SUITES[suite.name].shape != "tokens" or "tokens" not in BACKBONES[backbone.name].accepts:
        raise SpecError(
            f"pretraining needs a suite of texts and a backbone that reads them, found {shown(suite.name)} and "
            f"{shown(backbone.name)}; choose for example 'phrases' and 'transformer'."
        )
    loaded = load_suite(suite)
    if not loaded.words:
        raise SpecError("pretraining reads words, and an encoder's states are none; leave encoder out.")
    places = loaded.train.inputs.shape[1]
    read = corpus(asked, suite.name, suite.options, places)
    words = read.words(loaded.words)
    trunk_id = _identity(suite.name, read, words, backbone, places, settings)
    if known := find(trunk_id):
        return known
    body = BACKBONES[backbone.name].load()((places,), **backbone.options, words=len(words)).opened()
    values, loss = _train(body, _numbers(read, words, places), len(words), settings, device, progress)
    trunk = Pretrained(trunk_id, suite.name, read.name, backbone, places, words, settings.steps, round(loss, 4))
    keep(trunk, {stage: {name: value.numpy() for name, value in own.items()} for stage, own in values.items()})
    return trunk


def _identity(suite: str, read: Corpus, words: Text, backbone: Choice, places: int, settings: Settings) -> str:
    asked = {
        "version": VERSION,
        "suite": suite,
        "corpus": read.sha256,
        "words": hashlib.sha256("\n".join(words).encode()).hexdigest(),
        "backbone": backbone.to_dict(),
        "places": places,
    } | vars(settings)
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]


def _numbers(read: Corpus, words: Text, places: int) -> Tensor:
    known = {word: number for number, word in enumerate(words)}
    return torch.from_numpy(encoded([Row(text) for text in read.texts], known, places))


def _train(
    body: Backbone, texts: Tensor, words: int, settings: Settings, device: torch.device, progress: Progress | None
) -> tuple[dict[str, dict[str, Tensor]], float]:
    """The trunk's parameters by stage and name after all steps, and the mean loss over the last tenth of them."""
    streams = Streams.of([settings.seed], device)
    first = {
        f"{stage.name}/{name}": value
        for place, stage in enumerate(body.stages)
        for name, value in stage.initialise(streams.at(Purpose.PRETRAINING).at(place)).items()
    }
    first["bias"] = torch.zeros(1, words, device=device)
    flat = torch.cat([value.flatten(1) for value in first.values()], dim=1).contiguous()
    parts = flat.split([value[0].numel() for value in first.values()], dim=1)
    leaves = {
        name: part.view(value.shape).detach().requires_grad_() for (name, value), part in zip(first.items(), parts, strict=True)
    }
    adam = optimizers.build(Choice("adam", tuple(OPTIMIZERS["adam"].check({}).items())))
    state, texts = adam.init(flat), texts.to(device)
    size = min(settings.batch_size, len(texts))
    batches = Batches([settings.seed], len(texts), size, device, Purpose.PRETRAINING)
    hiding = streams.at(Purpose.PRETRAINING).at(len(body.stages))
    told: list[Tensor] = []
    for step in range(settings.steps):
        rows = texts.index_select(0, batches.at(step)[0]).unsqueeze(0)  # (1, B, S)
        loss = masked_loss(body, leaves, rows, hiding.at(step), words)
        gradient = torch.cat([each.flatten(1) for each in torch.autograd.grad(loss, list(leaves.values()))], dim=1)
        gradient.mul_(CLIP / torch.linalg.vector_norm(gradient).clamp(min=CLIP))
        factor = optimizers.schedule(step, settings.steps, settings.steps // 20, "cosine")
        adam.step(flat, gradient, state, torch.full((1, 1), settings.learning_rate * factor, device=device), step + 1)
        if step >= settings.steps - max(1, settings.steps // 10):
            told.append(loss.detach())
        if progress is not None:
            progress(step + 1, settings.steps)
    found: dict[str, dict[str, Tensor]] = {stage.name: {} for stage in body.stages}
    for name, leaf in leaves.items():
        stage, between, own = name.partition("/")
        if between:
            found[stage][own] = leaf.detach()[0].cpu().clone()
    return found, float(torch.stack(told).mean())


def masked_loss(body: Backbone, leaves: dict[str, Tensor], rows: Tensor, streams: Streams, words: int) -> Tensor:
    """The mean cross-entropy of the chosen words of ``rows`` ``(1, B, S)``, each told from all that is around it by the product
    with its own embedding: ``log softmax(E h + b)``."""
    seen, chosen = hide(rows, streams, words)
    x = seen
    for stage in body.stages:
        x = stage(leaves, x, f"{stage.name}/")
    first = body.stages[0]
    table = next(place for place, layer in enumerate(first.layers) if isinstance(layer, Embedding))
    scores = x[chosen] @ leaves[f"{first.name}/{table}.word"][0].T + leaves["bias"][0]  # (n, D) @ (D, W) -> (n, W)
    return F.cross_entropy(scores, rows[chosen], reduction="sum") / chosen.sum().clamp(min=1)


def hide(rows: Tensor, streams: Streams, words: int) -> tuple[Tensor, Tensor]:
    """What the network sees of ``rows`` ``(1, B, S)``, and ``(1, B, S)`` bool which words it has to tell; never padding, marks
    or words that the vocabulary lacks."""
    chance, way, other = streams.uniform(3, *rows.shape[1:]).unbind(1)
    chosen = (chance < CHOSEN) & (rows > HIDDEN)
    another = len(SPECIAL) + (other * (words - len(SPECIAL))).long()
    changed = torch.where(way < MASKED, HIDDEN, torch.where(way < MASKED + RANDOM, another, rows))
    return torch.where(chosen, changed, rows), chosen

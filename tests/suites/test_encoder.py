"""A pretrained encoder from a folder: its states against the formulas by hand, and what is no such encoder."""

import json
from collections.abc import Callable
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import mtl_core as mtl
from mtl_core.cli import main
from mtl_core.errors import DataError, SpecError
from mtl_core.models.transformer import transformer
from mtl_core.random import Streams
from mtl_core.suites import encoder
from mtl_core.suites.intake import intake_of
from mtl_core.suites.text import Row
from mtl_core.training.trainer import Trainer

tokenizers = pytest.importorskip("tokenizers")

WIDTH, HEADS, LAYERS, WIDE, LONGEST = 8, 2, 2, 12, 32
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "##ing", "some", "jazz", "in", "##to", "nine", "weather", "what", "?"]
EPSILON = 1e-12

LINES = [
    ("play some jazz", "O O B-genre", "PlayMusic"),
    ("playing jazz in nine", "O B-genre O O", "PlayMusic"),
    ("what weather in jazz", "O O O B-city", "GetWeather"),
    ("weather into nine", "O O B-timeRange", "GetWeather"),
]
SUITE = {"name": "snips", "rows": 100, "encoder": True}


def shapes() -> dict[str, tuple[int, ...]]:
    """What a BERT of these sizes has, by the names of its files."""
    found: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(PIECES), WIDTH),
        "embeddings.position_embeddings.weight": (LONGEST, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    normal = ["embeddings.LayerNorm"]
    for n in range(LAYERS):
        layer = f"encoder.layer.{n}"
        normal += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        linear = {f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        linear |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (WIDE, WIDTH), "output.dense": (WIDTH, WIDE)}
        for name, shape in linear.items():
            found |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
    return found | {f"{name}.{part}": (WIDTH,) for name in normal for part in ("weight", "bias")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a few requests and a tiny encoder, whose tokenizer pads and cuts as published ones do."""
    here = tmp_path / "data"
    for part, lines in (("train", LINES * 4), ("valid", LINES[:2]), ("test", LINES[2:])):
        (here / "snips" / part).mkdir(parents=True)
        extra = {"train": "", "valid": " ?", "test": " ? ?"}[part]
        tags = " O" * extra.count("?")
        columns = [[text + extra for text, _, _ in lines], [tag + tags for _, tag, _ in lines], [what for _, _, what in lines]]
        for name, column in zip(("seq.in", "seq.out", "label"), columns, strict=True):
            (here / "snips" / part / name).write_text("\n".join(column) + "\n")
    (here / "encoder").mkdir()
    rng = np.random.default_rng(0)
    values = {name: rng.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes().items()}
    # What other files have besides: numbers of positions in int64, and a layer that pools.
    values |= {"pooler.dense.weight": rng.normal(size=(WIDTH, WIDTH)).astype(np.float32)}
    save_file(values | {"embeddings.position_ids": np.arange(LONGEST)[None]}, here / "encoder" / "model.safetensors")
    config = {"model_type": "bert", "hidden_act": "gelu", "vocab_size": len(PIECES), "hidden_size": WIDTH}
    config |= {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": WIDE, "type_vocab_size": 2}
    config |= {"max_position_embeddings": LONGEST, "layer_norm_eps": EPSILON}
    (here / "encoder" / "config.json").write_text(json.dumps(config))
    made = tokenizers.Tokenizer(
        tokenizers.models.WordPiece({piece: place for place, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    made.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.enable_truncation(4)
    made.enable_padding(length=16)
    made.save(str(here / "encoder" / "tokenizer.json"))
    monkeypatch.setenv("SEESAW_DATA", str(here))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "cache" / name))
    return here


def by_hand(values: dict[str, Any], ids: list[int]) -> Any:
    """``(L, D)`` the last layer's states of one text, head by head and position by position."""
    w = {name: value.astype(np.float64) for name, value in values.items()}

    def normal(name: str, x: Any) -> Any:
        centred = x - x.mean(1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(1, keepdims=True) + EPSILON) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(name: str, x: Any) -> Any:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = np.stack([w["embeddings.word_embeddings.weight"][piece] for piece in ids])
    x = x + w["embeddings.position_embeddings.weight"][: len(ids)] + w["embeddings.token_type_embeddings.weight"][0]
    x, size = normal("embeddings.LayerNorm", x), WIDTH // HEADS
    for n in range(LAYERS):
        layer = f"encoder.layer.{n}"
        q, k, v = (linear(f"{layer}.attention.self.{name}", x) for name in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            own = slice(head * size, (head + 1) * size)
            for place in range(len(ids)):
                scores = np.exp(k[:, own] @ q[place, own] / np.sqrt(size))
                mixed[place, own] = scores / scores.sum() @ v[:, own]
        x = normal(f"{layer}.attention.output.LayerNorm", x + linear(f"{layer}.attention.output.dense", mixed))
        wide = linear(f"{layer}.intermediate.dense", x)
        wide = wide * np.vectorize(lambda each: (1 + erf(each / np.sqrt(2))) / 2)(wide)
        x = normal(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", wide))
    return x


def found(here: Path) -> list[Path]:
    return [here / wanted.places[0] for wanted in encoder.FILES]


def test_states_are_those_of_the_formulas_word_by_word(folder: Path) -> None:
    rows = [Row(("playing", "some", "zebra")), Row(("into", "nine"), question=("what", "weather")), Row(("jazz",) * 8)]
    made = encoder.states(rows, found(folder), 9)
    assert made.shape == (3, 9, WIDTH)
    assert made.dtype == np.float16
    values = load_file(folder / "encoder" / "model.safetensors")
    number = {piece: place for place, piece in enumerate(PIECES)}

    def hand(*pieces: str) -> Any:
        return by_hand(values, [number[piece] for piece in pieces])

    one = hand("[CLS]", "play", "##ing", "some", "[UNK]", "[SEP]")
    expected = np.stack([one[1:3].mean(0), one[3], one[4]])
    np.testing.assert_allclose(made[0, :3], expected, atol=3e-3)
    two = hand("[CLS]", "what", "weather", "[SEP]", "in", "##to", "nine", "[SEP]")
    expected = np.stack([two[0], two[1], two[2], two[3], two[4:6].mean(0), two[6]])  # mark, question, mark, text
    np.testing.assert_allclose(made[1, :6], expected, atol=3e-3)
    np.testing.assert_allclose(made[2, :8], hand("[CLS]", *["jazz"] * 8, "[SEP]")[1:9], atol=3e-3)
    assert not made[0, 3:].any()
    assert not made[1, 6:].any()


def test_a_suite_is_learned_from_states_and_says_its_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, suite = mtl.load_suite(SUITE | {"encoder": False}), mtl.load_suite(SUITE)
    assert suite.train.inputs.shape == (*plain.train.inputs.shape, WIDTH)
    np.testing.assert_array_equal(suite.train.inputs.any(axis=2), plain.train.inputs != 0)
    for one, other in zip(suite.test.targets, plain.test.targets, strict=True):
        np.testing.assert_array_equal(one, other)
    source = mtl.SUITES["snips"].load()
    assert source.view(suite, suite.validation.inputs[0]).row == (("text", "play some jazz ?"),)
    lines = source.found(encoder=True)
    assert lines[-1] == "encoder: unknown weights"
    assert any(line.startswith("model.safetensors") for line in lines)
    monkeypatch.setattr(encoder, "embedded", lambda *_: pytest.fail("it was made before"))
    encoder.states([Row(("play", "some", "jazz", "?")), Row(("playing", "jazz", "in", "nine", "?"))], found(folder), 24)
    settings = {"suite": SUITE, "seeds": 2, "weights": 0, "steps": 3, "batch_size": 4, "strategies": ["hard", "mmoe"]}
    settings["evaluate_every"] = 3
    study = mtl.Study(**settings, backbone={"name": "transformer", "width": 8, "heads": 2})
    assert study.id != mtl.Study(**settings | {"suite": SUITE | {"encoder": False}}, backbone=study.backbone.to_dict()).id
    trainer = Trainer(study)
    before = trainer._cohorts[0].parameters.clone()
    while not trainer.finished:
        trainer.advance()
    assert trainer._cohorts[0].alive.all()
    assert not torch.equal(before, trainer._cohorts[0].parameters)
    for wrong in ({"start": "0123456789ab"}, {"phases": [{"objective": "denoise", "steps": 3}]}):
        with pytest.raises(SpecError):
            mtl.Study(**settings, **wrong)
    with pytest.raises(SpecError, match="reads words"):
        mtl.pretrain(SUITE)


@pytest.mark.parametrize("opened", [False, True])
def test_padding_changes_nothing_of_a_sequence_of_vectors(opened: bool) -> None:
    short, long = (transformer((length, 5), 8, 2, 2, 2) for length in (4, 7))
    if opened:
        short, long = short.opened(), long.opened()
    values = [stage.initialise(Streams.of([0, 1]).at(place)) for place, stage in enumerate(long.stages)]
    x = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    x[:, 0, 2:] = 0
    y, z = x, torch.nn.functional.pad(x, (0, 0, 0, 3))
    for stage, other, own in zip(short.stages, long.stages, values, strict=True):
        y = stage({name: value[:, :4] if name.endswith("place") else value for name, value in own.items()}, y)
        z = other(own, z)
    torch.testing.assert_close(y, z[:, :, :4] if opened else z)
    assert not opened or not z[:, :, 4:].any()


def _config(**changed: Any) -> Callable[[Path], None]:
    def change(here: Path) -> None:
        file = here / "encoder" / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changed))

    return change


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no model": (lambda here: (here / "encoder" / "model.safetensors").unlink(), "put its config.json"),
    "no JSON": (lambda here: (here / "encoder" / "config.json").write_text("["), "in JSON"),
    "a size too large": (_config(hidden_size=10**9), "1 to 1024"),
    "no whole number": (_config(num_hidden_layers=2.5), "whole number"),
    "another kind": (_config(model_type="gpt2"), "another encoder"),
    "more layers than there are": (_config(num_hidden_layers=3), "encoder.layer.2"),
    "a header that lies": (_config(vocab_size=99), "shape"),
    "a cut file": (lambda here: (here / "encoder" / "model.safetensors").write_bytes(b"\1" * 99), "whole file"),
    "no tokenizer": (lambda here: (here / "encoder" / "tokenizer.json").write_text("{}"), "tokenizer.json"),
    "a text too long": (_config(max_position_embeddings=4), "shape"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_such_encoder_is_refused_in_words(folder: Path, what: str) -> None:
    spoil, said = BAD[what]
    spoil(folder)
    with pytest.raises(DataError, match=said):
        mtl.load_suite(SUITE)


def test_without_the_package_it_is_said_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"seesaw-mtl\[text\]"):
        encoder.states([Row(("jazz",))], found(folder), 3)


def test_a_typed_sentence_is_read_by_the_encoder_when_it_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = mtl.load_suite(SUITE)
    options = dict(mtl.Study(suite=SUITE, steps=1).suite.options)
    intake = intake_of(suite, options)
    assert (intake.kind, intake.tell()["places"], intake.tell()["asks"]) == ("text", 24, [])
    assert len(intake.tell()["encoder"]["sha256"]) == 64
    monkeypatch.setattr("mtl_core.suites.encoder.cached", lambda *_: pytest.fail("what is typed is not kept"))
    example = intake.take({"example": 1})
    assert (example.text, example.rows, example.before) == ("what weather in jazz ? ?", (0, 0), (0,))
    typed = intake.take({"text": "What weather; in jazz ??"})
    assert [typed.text[start:end] for start, end in typed.words] == ["What", "weather", "in", "jazz"]
    assert typed.unknown == ()
    states = encoder.embedded([Row(("what", "weather", "in", "jazz"))], found(folder), 24)
    np.testing.assert_array_equal(typed.inputs, states)
    assert typed.inputs.any(axis=2).sum() == 4
    with pytest.raises(DataError, match="at most 24 words"):
        intake.take({"text": "jazz " * 25})
    monkeypatch.setattr(encoder, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"seesaw-mtl\[text\]"):
        intake.take({"text": "jazz"})
    assert intake.take({"example": 1}).text, "what was read before needs no encoder"
    (folder / "encoder" / "tokenizer.json").unlink()
    with pytest.raises(DataError, match="put its config"):
        intake.take({"text": "jazz"})


def test_a_run_on_states_answers_a_file_of_sentences(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings: dict[str, Any] = {"suite": SUITE, "seeds": 1, "weights": 0, "steps": 2, "batch_size": 4, "evaluate_every": 2}
    study = mtl.Study(**settings, methods=["equal"], backbone={"name": "transformer", "width": 8, "heads": 2, "depth": 1})
    store = str(tmp_path / "store.db")
    mtl.run(study, store)
    (tmp_path / "said.txt").write_text("play some jazz into nine\n")
    assert main(["predict", study.id[:6], "--store", store, "--run", "equal", "--json", str(tmp_path / "said.txt")]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["given"], list(told["answers"])) == ("play some jazz into nine", ["intent", "slots"])
    assert all(mark["last"] < 5 for mark in told["answers"]["slots"]["marks"])
    export = [
        "export",
        study.id[:6],
        "--store",
        store,
        "--run",
        "equal",
        "--format",
        "safetensors",
        "--to",
        str(tmp_path / "net"),
    ]
    assert main(export) == 0, "its inputs are exported in the numbers that the network computes with"

"""Kept parameters answer, by function, by request and by command, and as they did when they were measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.cli import main
from mtl_core.cli.predicting import _answer
from mtl_core.errors import SeesawError
from mtl_core.execution.answering import answer_one
from mtl_core.execution.predicting import choose_run, in_hand, layout_of, suite_and_intake
from mtl_core.models.composed import Composed
from mtl_core.store import Store, open_store
from mtl_core.suites.digits import sources
from mtl_core.suites.intake import Taken
from mtl_core.suites.replies import Reply
from mtl_core.suites.view import View

DIGITS = mtl.Study(
    suite="digits_rotated", methods=["equal"], strategies=["mmoe"], weights=[], seeds=2, steps=30, learning_rate=0.01
)
EQUAL = "mmoe · equal"
PHRASES = mtl.Study(
    suite="phrases", backbone={"name": "transformer", "width": 8, "depth": 1}, methods=["equal"], weights=[], seeds=1, steps=2
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a store with two finished studies."""
    path = str(tmp_path_factory.mktemp("kept") / "store.db")
    for study in (DIGITS, PHRASES):
        mtl.run(study, path)
    return path


@pytest.fixture
def store(place: str) -> Any:
    with open_store(place) as held:
        yield held


@pytest.mark.parametrize(("moment", "labels"), [("end", [EQUAL, "digit alone"]), ("best", [EQUAL])])
def test_answers_are_right_as_often_as_was_measured(store: Store, moment: Any, labels: list[str]) -> None:
    result = mtl.load(DIGITS.id, store)
    suite, intake = suite_and_intake(DIGITS)
    for label in labels:
        run = choose_run(layout_of(store, DIGITS.id), label, 1)
        trained = in_hand(store, DIGITS.id, run.index, moment)
        told = [trained.answer(intake.example(number), ["digit"]).replies["digit"].words for number in range(1, 61)]
        outputs = trained.model(trained.views, *_tensor(suite.test.inputs[None]))
        guesses = outputs.tasks[0][0].argmax(1).numpy()
        assert [str(guess) for guess in guesses[:60]] == told
        right = float((guesses == suite.test.targets[0]).mean())
        assert right > 0.2
        assert right == pytest.approx(float(result.compared(at=moment).scores.test[run.index, 0, 1]), abs=1e-6)


def _tensor(inputs: np.ndarray[Any, Any]) -> tuple[Any]:
    import torch

    return (torch.from_numpy(inputs.copy()),)


def test_one_task_alone_runs_its_own_head_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _, intake = suite_and_intake(DIGITS)
    trained = in_hand(store, DIGITS.id, choose_run(layout_of(store, DIGITS.id), EQUAL).index)
    taken = intake.example(4)
    every = trained.answer(taken).replies
    assert list(every) == ["digit", "rotation"]
    assert isinstance(trained.model, Composed)
    heads: list[Any] = [None, trained.model.heads[1]]  # to call another one would fail
    monkeypatch.setattr(trained.model, "heads", tuple(heads))
    assert trained.answer(taken, ["rotation"]).replies == {"rotation": every["rotation"]}


def test_a_run_answers_for_what_it_has_learned_and_what_is_asked(store: Store) -> None:
    alone = mtl.predict(PHRASES.id, {"text": "call anna", "question": "who"}, "slots alone", store=store)
    assert list(alone.replies) == ["slots"]
    assert alone.seconds > 0
    both = mtl.predict(PHRASES.id, {"text": "call anna", "question": "who"}, "equal", store=store)
    assert list(both.replies) == ["intent", "slots", "question"]
    assert list(mtl.predict(PHRASES.id, {"text": "call anna"}, "equal", store=store).replies) == ["intent", "slots"]
    for given, words in (
        (({"text": "call anna"}, "equal", None, ["question"]), "suits what is given"),
        (({"text": "call anna"}, "slots alone", None, ["intent"]), "'slots alone' has learned"),
        (({"text": "call anna"}, "eqaul"), "did you mean 'equal'"),
        (({"text": "call anna"}, "equal", 5), "has the seeds"),
        (({"text": "call anna"}, "equal", None, ["itent"]), "did you mean 'intent'"),
    ):
        with pytest.raises(SeesawError, match=words):
            mtl.predict(PHRASES.id, *given, store=store)


def asked(store: Store, **arguments: Any) -> Any:
    kind = "attempt" if "given" in arguments else "intake"
    identity = store.ask(kind, arguments)
    assert answer_one(store, "here")
    found = store.request(identity)
    assert found is not None
    return json.loads(found.answer) if found.answer else found.reason


def test_pages_ask_how_and_then_what(store: Store) -> None:
    told = asked(store, study=PHRASES.id)
    assert (told["kind"], told["asks"]) == ("text", ["question"])
    runs = [choose_run(layout_of(store, PHRASES.id), label).index for label in ("equal", "slots alone", "intent alone")]
    more = {"study": PHRASES.id, "generation": 0, "tasks": ["slots"]}
    found = asked(store, **more, runs=runs, given={"text": "Play seven suns"})
    assert found["words"] == [[0, 4], [5, 10], [11, 15]]
    assert [list(each.get("replies", [])) for each in found["answers"]] == [["slots"], ["slots"], []]
    assert "has learned" in found["answers"][2]["reason"]
    example = asked(store, study=DIGITS.id, generation=0, runs=[0], tasks=None, given={"example": 3})
    assert np.array(example["view"]["picture"]).shape == (1, 8, 8)
    assert example["truths"]["digit"]["words"] == str(sources()[2][1][2])
    assert "must have a word" in asked(store, **more, runs=runs, given={"text": "?"})
    assert "one to 80 runs" in asked(store, **more, runs=[*range(81)], given={"text": "play"})
    assert "must be one of" in asked(store, **more, runs=[99], given={"text": "play"})


@pytest.fixture
def seesaw(capsys: pytest.CaptureFixture[str], place: str) -> Callable[..., tuple[int, str, str]]:
    def call(study: mtl.Study, *words: str) -> tuple[int, str, str]:
        code = main(["predict", study.id[:6], "--store", place, *words])
        captured = capsys.readouterr()
        return code, " ".join(captured.out.split()), captured.err

    return call


def test_the_command_answers_lines_pictures_and_examples(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("turn on the lamp\twhich room\n\n  call anna\n")
    code, out, _ = seesaw(PHRASES, "--run", "equal", str(tmp_path / "said.txt"))
    assert code == 0
    for words in ("turn on the lamp (which room)", "call anna", "intent", "slots", "question", "ms an input", "equal, seed 0"):
        assert words in out
    code, out, _ = seesaw(PHRASES, "--run", "equal", "--example", "2", "--json", "--task", "question")
    (found,) = json.loads(out)
    assert list(found["answers"]) == list(found["true"]) == ["question"]
    image = np.rint(255 * sources()[2][0][0]).astype(np.uint8)
    for name, picture in (("own", image), ("large", np.kron(image, np.ones((5, 5), np.uint8)))):
        np.save(tmp_path / f"{name}.npy", picture)
        code, out, _ = seesaw(DIGITS, "--run", EQUAL, "--seed", "1", "--task", "rotation", str(tmp_path / f"{name}.npy"))
        assert code == 0
        assert "°" in out
        assert "digit" not in out


def test_the_command_refuses_files_that_are_none_in_words(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    np.save(tmp_path / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "small.npy", np.zeros((8, 8)))
    content = (tmp_path / "small.npy").read_bytes()
    (tmp_path / "lies.npy").write_bytes(content.replace(b"(8, 8), } ", b"(9**9,), }"[:10]))
    (tmp_path / "cut.npy").write_bytes(content[:300])
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    (tmp_path / "none.txt").write_bytes(b"\n\n")
    for study, name, words in (
        (DIGITS, "object.npy", "array of numbers"),
        (DIGITS, "lies.npy", "array of numbers"),
        (DIGITS, "cut.npy", "array of numbers"),
        (DIGITS, "latin.txt", "must be a picture"),
        (DIGITS, "small", "check the path"),
        (PHRASES, "latin.txt", "UTF-8"),
        (PHRASES, "none.txt", "lines"),
    ):
        code, _, err = seesaw(study, "--run", EQUAL if study is DIGITS else "equal", str(tmp_path / name))
        assert (code, words in err) == (2, True), err
    assert seesaw(DIGITS, "--run", EQUAL)[0] == 2
    assert seesaw(DIGITS, "--run", EQUAL, "--example", "9999")[0] == 2


def test_without_kept_parameters_it_is_said(store: Store) -> None:
    store.delete_models(DIGITS.id)  # the last test that asks of them
    with pytest.raises(SeesawError, match="may have been deleted; train it again"):
        mtl.predict(DIGITS.id, {"example": 1}, EQUAL, store=store)


def test_moves_and_pictures_are_told_on_the_command_line_too() -> None:
    taken = Taken(np.zeros((1, 1)), (0,), View(), {})
    assert _answer(taken, Reply("reach", "policy", "", grid=("→ ↓", "■ ↓"))) == "→ ↓\n■ ↓"
    assert _answer(taken, Reply("depth", "depth", "", picture=(((0,),),))) == "a picture, see --json"

"""Examples on the Play page: what is seen of them, what the networks say, and the network itself."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.live_examples import live_examples  # noqa: F401 - its scripts and styles must be found
from dashboard.figures.examples import examples
from dashboard.figures.network import network
from dashboard.figures.palette import task_style
from dashboard.figures.whole_answers import cell
from dashboard.reading import drawings
from dashboard.showing.examples import draw_examples, draw_network, together
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.sharing import shared
from mtl_core.records import Examples, Layout, Packed
from mtl_core.records.sharing import ModelLayout, Row
from mtl_core.spec import SUITES, Study
from mtl_core.spec.plan import plan
from mtl_core.store import Store
from mtl_core.suites import load_suite
from mtl_core.suites.suite import Task
from mtl_core.suites.view import View
from mtl_core.training.examples import chosen
from tests.dashboard.conftest import components

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def table(picture: go.Figure) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(picture.to_json())["layout"]["meta"]["examples"]
    return found


def test_each_answer_stands_beside_the_truth(pair: Any) -> None:
    found = table(draw_examples(pair.result, label="pcgrad"))
    suite = load_suite("digits_pair")
    rows = chosen(suite)
    for place, (task, said) in enumerate(zip(suite.tasks, found["tasks"], strict=True)):
        assert (said["name"], said["question"], said["color"]) == (task.name, task.help, task_style(place).color)
        truths = [task.labels[target] for target in suite.validation.targets[place][rows]]
        assert said["truths"] == truths
        answers = pair.result.answers.query(f"task == '{task.name}' and step == {pair.study.steps}")
        for who, label in (("alone", f"{task.name} alone"), ("together", "pcgrad")):
            ids = answers[answers["label"] == label].sort_values("example")["answer"].astype(int)
            words = [task.labels[each] for each in ids]
            assert [each["words"] for each in said[who]] == words
            assert [each["right"] for each in said[who]] == [a == b for a, b in zip(words, truths, strict=True)]
    np.testing.assert_allclose(np.array(found["seen"][3]["picture"]) / 255, suite.validation.inputs[rows[3]], atol=1 / 500)


def test_all_answers_are_in_words_for_who_cannot_see_them(pair: Any) -> None:
    picture = draw_examples(pair.result, label="equal")
    alt = picture.layout.meta["alt"]
    assert alt.count("Example ") == 6
    first = [task["together"][0] for task in table(picture)["tasks"]]
    for answer in first:
        assert f"together {answer['words']} ({'right' if answer['right'] else 'wrong'})" in alt.split("Example 2")[0]


def test_answers_change_while_it_trains(pair: Any) -> None:
    half = Result(pair.study, pair.layout, pair.records[: len(pair.records) // 3], "running")
    before, after = (table(draw_examples(result, label="equal")) for result in (half, pair.result))
    assert [view["picture"] for view in before["seen"]] == [view["picture"] for view in after["seen"]]
    assert [task["together"] for task in before["tasks"]] != [task["together"] for task in after["tasks"]]
    nothing = table(draw_examples(Result(pair.study, pair.layout), label="equal"))
    assert {answer["words"] for task in nothing["tasks"] for answer in task["alone"]} == {"…"}


def test_rows_with_the_same_names_are_rows_of_the_table(later: Any, many: Any) -> None:
    assert table(draw_examples(later.result, label="equal"))["fields"] == []
    unnamed = table(draw_examples(many.result, label="equal"))
    assert not unnamed["fields"]
    assert all(len(view["row"]) == 8 for view in unnamed["seen"])
    seen = tuple((replace(view, row=(("age", f"{place}"), ("sex", "1"))),)
                 for place, (view,) in enumerate(many.layout.examples.views))  # fmt: skip
    layout = replace(many.layout, examples=replace(many.layout.examples, views=seen))
    named = table(draw_examples(Result(many.study, layout, many.records), label="equal"))
    assert named["fields"][0] == {"name": "age", "values": ["0", "1", "2", "3", "4", "5"]}


def test_the_network_is_grey_where_it_is_shared(strategies: Any) -> None:
    runs = {run.strategy: run.label for run in strategies.layout.runs if "equal" in run.label}
    for strategy, label in runs.items():
        picture = draw_network(strategies.result, label=label)
        fills = [shape.fillcolor for shape in picture.layout.shapes if shape.type == "path"]
        dark = fills.count("#666C76")
        model = strategies.layout.model(strategy)
        assert dark == sum(len(users) > 1 for row in model.rows for users in row.reached)
        assert len(fills) == 1 + len(strategies.layout.tasks) + sum(len(row.modules) for row in model.rows)
        assert model.strategy in picture.layout.meta["alt"]


def test_a_model_whose_rows_are_not_known_is_drawn_from_input_and_heads(pair: Any) -> None:
    old = replace(pair.layout, models=(ModelLayout("hard", stages=("layer 1",)),))
    picture = network(shared(old, [], [0]), "hard")
    assert len([shape for shape in picture.layout.shapes if shape.type == "path"]) == 3


@pytest.mark.parametrize("state", ["running", "finished"])
def test_play_opens_with_what_is_seen(put: Put, visit: Visit, pair: Any, state: str) -> None:
    app = visit("play", put(pair, part=0.5 if state == "running" else 1.0, state=state))
    assert not app.exception
    said = [str(element.value) for element in app.markdown]
    assert any("Two handwritten digits" in words and "One network for both questions" in words for words in said)
    keys = [data["key"] for data in components(app) if "figure" in data]
    assert keys[:2] == ["seen-examples", "plot-network"], "before all other pictures"
    shown = next(data for data in components(app) if data.get("key") == "seen-examples")
    assert (shown["live"] is None) == (state == "finished")
    if shown["live"]:
        assert drawings.known(shown["live"]["picture"]) is not None


def test_equal_weights_answer_for_one_network_whatever_comes_first(triple: Any, strategies: Any) -> None:
    for trained, label in ((triple, "equal"), (strategies, "hard · equal")):
        runs = trained.layout.runs
        turned = tuple(sorted(runs, key=lambda run: run.method.name == "equal"))
        assert together(replace(trained.layout, runs=tuple(replace(r, index=i) for i, r in enumerate(turned)))) == label
    alone = tuple(run for run in triple.layout.runs if run.role == "baseline")
    assert together(replace(triple.layout, runs=alone)) is None


def test_a_study_of_an_older_version_shows_no_examples(put: Put, visit: Visit, pair: Any) -> None:
    old = replace(pair, layout=replace(pair.layout, examples=None), records=[r for r in pair.records if r.kind != "answers"])
    app = visit("play", put(old))
    assert not app.exception
    assert "seen-examples" not in {data.get("key") for data in components(app)}


def test_what_is_seen_comes_with_the_first_numbers(put: Put, visit: Visit, pair: Any, shelf: Store) -> None:
    study = shelf.add(pair.study)
    app = visit("play", study)
    assert "seen-examples" not in {data.get("key") for data in components(app)}
    shelf.claim("tests", "cpu", study)
    shelf.set_layout(study, pair.layout)
    shelf.append(study, pair.records[:6], step=5, total=pair.total)
    app.run()
    assert "seen-examples" in {data.get("key") for data in components(app)}


def test_modules_that_are_skipped_are_not_drawn(pair: Any) -> None:
    rows = (Row("layer 1", ("shared", "skipped"), ((0, 1), (0, 1)), skippable=True),)
    layout = replace(pair.layout, models=(ModelLayout("hard", stages=("layer 1",), rows=rows),))
    picture = network(shared(layout, [], [0]), "hard")
    assert len([shape for shape in picture.layout.shapes if shape.type == "path"]) == 4


SENTENCES = Study(suite="phrases", backbone="transformer", methods=["equal"], weights=0, seeds=1, steps=2)
SAID = ("hey weather for oslo <b>", "| which city | hey weather for oslo")
EQUAL = next(run.index for run in plan(SENTENCES) if run.label == "equal")


def sentences() -> Layout:
    """A sentence without a question, and one with."""
    tags = SUITES["phrases"].load().tasks()
    labels = tags[1].labels
    slots = np.zeros((2, 29), dtype=np.uint8)
    slots[0, 3] = labels.index("B-destination")
    wholes = (None, Packed.of(slots), Packed.of(np.array([[-1, -1], [3, 3]], dtype=np.int16)))
    views = tuple((View(row=(("text", text),)),) for text in SAID)
    known = Examples(views, ((0.0, 0.0, None), (None, None, 7.0)), (1.0, 1.0, 1.0), wholes)
    return Layout(tags, (), plan(SENTENCES), "cpu", known)


def test_words_are_marked_and_answers_to_a_question_are_said_beside_what_is_true() -> None:
    layout = sentences()
    labels = layout.tasks[1].labels
    assert layout.examples is not None
    good, bad = (packed.array.copy() for packed in layout.examples.wholes[1:] if packed)
    good[1] = 1  # what it says of a text that it is not asked of
    bad[1] = (2, 3)
    nothing = pd.DataFrame(columns=["label", "task", "example", "answer", "certainty", "right"])
    found = table(examples(layout, nothing, "equal", {EQUAL: {"slots": good, "question": bad}}))
    intent, slots, question = found["tasks"]
    marked = [(piece["words"], piece.get("label", "")) for piece in slots["together"][0]["pieces"]]
    assert marked == [("hey weather for ", ""), ("oslo", "destination"), (" <b>", "")]
    assert slots["cells"][0]["pieces"] == slots["together"][0]["pieces"]
    assert (slots["together"][0]["right"], slots["alone"][0]["words"]) == (True, "…")
    assert [each[1]["words"] for each in (intent["together"], slots["together"], slots["cells"])] == ["–"] * 3
    assert (question["truths"], question["together"][1]["words"]) == (["–", "oslo"], "for oslo")
    assert question["together"][1]["right"] is False
    assert found["fields"][0]["values"] == [SAID[0], "which city? hey weather for oslo"]
    none = cell(layout, 1, 0, np.zeros(29, dtype=np.uint8), good[0])
    assert (none["words"], none["pieces"], none["right"]) == ("nothing is marked", [], False)
    assert labels[0] == "O"


def test_maps_boxes_and_moves_are_small_pictures() -> None:
    tasks = (
        Task("things", "segmentation", 3, labels=("sky", "road", "car")),
        Task("far", "depth"),
        Task("where", "box"),
        Task("way", "policy", 4, labels=("up", "right", "down", "left")),
        Task("wants", "multilabel", 2, labels=("a", "b")),
        Task("numbers", "regression", outputs=2),
    )
    known = Examples(((View(),),), ((0.0,) * 6,), (1.0, 1.0, 1.0, 1.0, 1.0, 4.0))
    layout = Layout(tasks, (), (), "cpu", known)
    things = cell(layout, 0, 0, np.array([[0, 2], [1, 255]], dtype=np.uint8), None)
    assert base64.b64decode(things["map"]["bytes"]) == bytes([0, 2, 1, 255])
    assert (things["map"]["size"], things["words"]) == ((2, 2), "sky 33%, road 33%, car 33%")
    assert cell(layout, 1, 0, np.zeros((2, 3), dtype=np.uint8), None)["map"]["colours"] == ()
    assert cell(layout, 2, 0, np.array([-0.1, 0.25, 0.5, 1.2], dtype=np.float32), None)["box"] == [0, 0.25, 0.5, 1]
    assert cell(layout, 3, 0, np.array([[0, 255], [3, 1]], dtype=np.uint8), np.zeros(0))["grid"] == ("↑ ■", "← →")
    assert cell(layout, 3, 0, np.zeros(0, dtype=np.uint8), None)["words"] == "–"
    told = cell(layout, 4, 0, np.array([0, 1], dtype=np.uint8), np.array([1, 1], dtype=np.uint8))
    assert (told["words"], told["right"]) == ("b", False)
    near = cell(layout, 5, 0, np.array([10.0, 3], dtype=np.float32), np.array([12.0, 1], dtype=np.float32))
    assert (near["words"], near["right"]) == ("10; 3", True)

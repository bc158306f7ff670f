"""The Play page as visitors find it, on really trained studies and a real store."""

import ast
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.reading import presets
from mtl_core.records import Record
from mtl_core.spec import METHODS, SUITES, Study
from mtl_core.store import Store
from mtl_core.suites import load_suite
from mtl_core.suites.csv_file import files
from tests.dashboard.conftest import components

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def words(app: AppTest) -> str:
    """Everything readable on the page, without the signs that keep people's text from being markup."""
    kinds = ("title", "caption", "markdown", "info", "warning", "error")
    said = [str(element.value) for kind in kinds for element in app.get(kind)]
    bars = [data["words"] for data in components(app) if "progress" in data]
    return "\n".join([*said, *bars]).replace("\\", "")


def plots(app: AppTest) -> dict[str, dict[str, Any]]:
    """The live charts on the page, by key, without what the network looks like and what it says of examples."""
    seen = {"plot-network", "seen-examples"}
    return {data["key"]: data for data in components(app) if "figure" in data and data["key"] not in seen}


def setting(app: AppTest, name: str) -> Any:
    """A control of the form."""
    return app.get_by_key(f"play.{name}")


def test_the_first_visit_asks_for_the_default_study(shelf: Store, visit: Visit) -> None:
    app = visit("play")
    assert not app.exception
    assert app.query_params["study"] == Study().id
    assert shelf.get(Study().id).state == "queued"
    assert "no worker has reported" in words(app)
    assert app.button(key="train").disabled


def test_pages_print_no_string_that_stands_alone_in_their_code() -> None:
    for page in Path(dashboard.__file__).with_name("views").glob("*.py"):
        _docstring, *statements = ast.parse(page.read_text(encoding="utf-8")).body
        alone = [line for line in statements if isinstance(line, ast.Expr) and not isinstance(line.value, ast.Call)]
        assert not alone, f"{page.name}, line {alone[0].lineno}"


def test_a_finished_study_shows_its_trade_off_and_curves(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair))
    assert not app.exception
    assert set(plots(app)) == {"plot-tradeoff", "plot-curves", "plot-weights", "plot-cosine"}
    assert all(each["alt"] and json.loads(each["figure"])["data"] for each in plots(app).values())
    assert len(app.get("popover")) >= 4, "a definition for each picture"
    assert "study on screen" in words(app)


def test_the_form_starts_from_the_study_and_the_link(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), seeds="4", learning_rate="0.01", suite="subspace")
    assert setting(app, "seeds").value == 4
    assert setting(app, "steps").value == pair.study.steps
    assert setting(app, "learning_rate").value == 0.01
    assert setting(app, "suite").value == "subspace"
    assert len(setting(app, "tasks.subspace").value) == 8
    assert not app.button(key="train").disabled


def test_a_link_with_settings_shows_that_study_and_no_other(
    put: Put, visit: Visit, shelf: Store, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"methods": "equal,pcgrad", "weights": "5", "seeds": "2", "steps": "40", "evaluate_every": "10"}
    app = visit("play", None, **settings)
    assert not app.exception
    assert "Nobody has trained the study of this link here" in words(app)
    assert not plots(app)
    assert setting(app, "steps").value == 40
    assert not app.button(key="train").disabled
    assert not shelf.list(), "nothing is trained for the asking"
    study = put(pair)
    app = visit("play", None, **settings)
    assert app.query_params["study"] == study
    assert set(plots(app)) == {"plot-tradeoff", "plot-curves", "plot-weights", "plot-cosine"}
    assert "steps" not in app.query_params
    monkeypatch.setattr(presets, "_trains", True)
    app = visit("play", None, **settings | {"seeds": "3"})
    assert shelf.get(app.query_params["study"]).study == replace(pair.study, seeds=3)
    before = len(shelf.list())
    for unwanted in ({"seeds": "40"}, {"seeds": "many"}):
        app = visit("play", None, **settings | unwanted)
        assert "Nobody has trained the study of this link here" in words(app)
        assert len(shelf.list()) == before, "it is large, or not understood"


def test_changing_a_control_is_in_the_url_and_going_back_takes_it_out(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair))
    assert "seeds" not in app.query_params
    setting(app, "seeds").set_value(7).run()
    assert app.query_params["seeds"] == "7"
    assert not app.button(key="train").disabled
    setting(app, "seeds").set_value(2).run()
    assert "seeds" not in app.query_params
    assert app.button(key="train").disabled


def test_train_queues_the_study_and_puts_it_on_screen(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    app = visit("play", put(pair))
    setting(app, "steps").set_value(50).run()
    app.button(key="train").click().run()
    wanted = replace(pair.study, steps=50)
    assert app.query_params["study"] == wanted.id
    assert "steps" not in app.query_params
    assert shelf.get(wanted.id).state == "queued"
    assert shelf.get(wanted.id).study == wanted


def test_one_task_cannot_be_trained_and_says_why(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair))
    setting(app, "tasks.digits_pair").set_value(["left"]).run()
    assert app.button(key="train").disabled
    assert "two or more tasks" in words(app)


def test_a_backbone_for_pictures_is_not_offered_for_vectors(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), backbone="cnn")
    assert setting(app, "backbone").value == "cnn"
    setting(app, "suite").set_value("vitals").run()
    assert not app.exception
    assert "Multilayer perceptron (mlp)" in setting(app, "backbone").options, "found by its name in code too"
    assert not any(title.startswith("Convolutional network") for title in setting(app, "backbone").options)
    assert "examples are rows of numbers: Convolutional network" in words(app)
    assert not app.button(key="train").disabled


def test_ones_own_table_is_led_to_step_by_step(
    put: Put, visit: Visit, shelf: Store, pair: Any, answering: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = _who_reads_tables(monkeypatch)
    app = visit("play", put(pair), suite="csv")
    assert "Upload a table" in words(app)
    assert not app.error
    rows = [f"{n % 7},{n % 5},{'ab'[n % 2]},{n}" for n in range(120)]
    content = "\n".join(["x,*y*,letter,z", *rows]).encode()
    app.file_uploader[0].upload("mine.csv", content).run()
    assert not app.exception
    assert "120 rows, 4 columns" in words(app)
    assert "two or more columns" in words(app)
    (kept,) = (shelf.folder / "uploads").iterdir()
    assert kept.read_bytes() == content
    targets = app.get_by_key(f"play.suite.csv.{kept.stem[:12]}.targets")
    assert "letter (class)" in targets.options
    targets.set_value(["*y*", "letter"]).run()
    assert not app.exception
    assert not app.button(key="train").disabled, words(app)
    assert str(shelf.folder) not in app.query_params["suite"]
    app.button(key="train").click().run()
    assert shelf.get(app.query_params["study"]).study.tasks == ("*y*", "letter")
    assert set(readers) == {"answering"}, "the server itself reads no table"


def test_a_table_with_faults_is_told_and_can_be_corrected(
    put: Put, visit: Visit, shelf: Store, pair: Any, answering: None
) -> None:
    app = visit("play", put(pair), suite="csv")
    rows = [f"{n * n + 5};{n % 7},5;{n % 5};{('Genève', 'Bern')[n % 2]};{'' if n % 9 == 0 else n % 4}" for n in range(120)]
    app.file_uploader[0].upload("mine.txt", "\n".join(["id;x;m;town;y", *rows]).encode("cp1252")).run()
    assert not app.exception
    (kept,) = (shelf.folder / "uploads").iterdir()
    prefix = f"play.suite.csv.{kept.stem[:12]}"
    for finding in ("A semicolon stands between cells", "Windows-1252", "as in 'Genève'", "decimal comma"):
        assert finding in words(app)
    app.get_by_key(f"{prefix}.targets").set_value(["town", "y"]).run()
    assert "no label in 14 rows" in words(app)
    (table,) = (frame.value for frame in app.dataframe if "what is done, and why" in frame.value)
    assert table.set_index("column").loc["id", "what is done, and why"].startswith("left out: an id")
    assert table.set_index("column").loc["y", "missing"] == 14
    assert not app.button(key="train").disabled, words(app)
    app.get_by_key(f"{prefix}.kind.y").set_value("regression").run()
    app.get_by_key(f"{prefix}.split").set_value("stratified").run()
    app.get_by_key(f"{prefix}.exclude").set_value(["x"]).run()
    app.get_by_key(f"{prefix}.read").set_value(["m"]).run()
    app.get_by_key(f"{prefix}.input_kind.m").set_value("category").run()
    assert not app.exception
    app.run()
    app.get_by_key(f"{prefix}.rows").set_value(True).run()
    assert "train: 84, validation: 18, test: 18" in words(app)
    (listed,) = (frame.value for frame in app.dataframe if "split" in frame.value)
    assert listed["row"].tolist() == list(range(1, 121))
    app.button(key="train").click().run()
    study = shelf.get(app.query_params["study"]).study
    options = study.suite.options
    assert dict(options["kinds"]) == {"town": "classification", "y": "regression", "m": "category"}
    assert (options["split"], options["exclude"], options["file_name"]) == ("stratified", ("x",), "mine.txt")
    assert (options["reader"], options["train_rows"]) == (2, 84)
    assert load_suite(study.suite).train.inputs.shape == (84, 5)


def _who_reads_tables(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that open a table from now on."""
    readers: list[str] = []

    def noting(path: str) -> bytes:
        readers.append(threading.current_thread().name)
        return Path(path).read_bytes()

    monkeypatch.setattr(files, "read_bytes", noting)
    return readers


def test_a_table_that_is_none_is_refused_in_words(put: Put, visit: Visit, shelf: Store, pair: Any, answering: None) -> None:
    app = visit("play", put(pair), suite="csv")
    app.file_uploader[0].upload("mine.csv", b"").run()
    assert not app.exception
    assert "between 1 byte and 50 MB" in words(app)
    app.file_uploader[0].upload("mine.csv", b"\xff\xfe\x00\x01" * 50).run()
    assert not app.exception
    assert app.error
    assert app.button(key="train").disabled


def test_every_suite_and_method_can_be_chosen(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), steps="41")
    # The table of one's own has nothing to choose from before it is uploaded.
    for name, entry in [(name, entry) for name, entry in SUITES.items() if name != "csv"]:
        setting(app, "suite").set_value(name).run()
        assert not app.exception, name
        assert app.button(key="train").disabled == entry.files, words(app)
        assert ("data folder" in words(app)) == entry.files, "what to put where is said"
    setting(app, "suite").set_value("mixed_heads").run()
    names = [name for name, entry in METHODS.items() if entry.selectable]
    for some in (names[start : start + 9] for start in range(0, len(names), 9)):
        setting(app, "methods").set_value(some).run()
        assert not app.exception, some
        assert not app.button(key="train").disabled, (some, words(app))


def test_fixed_weightings_are_a_map_scattered_or_sets_of_tasks(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), suite="digits_scarce", weights="subsets:3")
    assert "10 networks beside those of the tasks alone" in words(app)
    assert app.query_params["weights"] == "subsets:3"
    kind = next(each for each in app.get("button_group") if each.key.endswith(".weights.4.kind"))
    kind.set_value("scattered").run()
    assert not app.exception
    assert app.query_params["weights"] == "scattered:32"
    assert "76 runs" in words(app), "four tasks alone, two methods and the points, two seeds each"


def test_losses_of_unlike_kinds_stand_beside_the_weights(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), suite="nlupp")
    assert "Losses at chance, which weights multiply: intents 6.9 (× 10), slots 3.3, question 3.2." in words(app)
    setting(app, "loss_scales").set_value("raw").run()
    assert "Losses at chance, which weights multiply: intents 0.69, slots 3.3" in words(app)
    assert app.query_params["loss_scales"] == "raw"
    setting(app, "suite").set_value("digits_pair").run()
    assert "Losses at chance" not in words(app)


def test_a_table_of_molecules_is_asked_for_by_its_name_alone(put: Put, visit: Visit, pair: Any, real_data: Path) -> None:
    app = visit("play", put(pair), steps="41")
    setting(app, "suite").set_value("molecules").run()
    assert not app.exception
    assert "ADME_public_set_3521.csv" in words(app)
    assert not app.button(key="train").disabled
    assert not any("endpoints" in str(each.key) for each in app.text_input), "what follows is nobody's to type"
    app.text_input(key="play.suite.molecules.file").set_value("../secret.csv").run()
    assert not app.exception
    assert app.button(key="train").disabled
    assert "paths upward or from the root are not followed" in words(app)


def test_what_a_link_gets_wrong_is_said(put: Put, visit: Visit, pair: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    study = put(pair)
    app = visit("play", study, suite=json.dumps({"name": "csv", "path": str(secret)}))
    assert not app.exception
    assert "Part of the link was not understood" in words(app)
    assert setting(app, "suite").value == "digits_pair"
    app = visit("play", study, steps="many")
    assert not app.exception
    assert setting(app, "steps").value == pair.study.steps
    assert "Part of the link was not understood" in words(app)


def test_a_stale_link_leads_on(put: Put, visit: Visit, pair: Any) -> None:
    put(pair)
    app = visit("play", "000000000000")
    assert "does not have" in words(app)
    app.button[0].click().run()
    assert app.query_params["study"] == Study().id


def test_a_store_that_cannot_be_used_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "not a store.db").write_bytes(b"something else " * 100)
    monkeypatch.setenv("SEESAW_STORE", f"sqlite:///{tmp_path / 'not a store.db'}")
    app = visit("play", "000000000000")
    assert not app.exception
    assert "store cannot be used" in words(app)


@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_study_that_trains_has_its_commands(put: Put, visit: Visit, shelf: Store, pair: Any, state: str) -> None:
    study = put(pair, part=0.5, state=state)
    app = visit("play", study)
    assert not app.exception
    assert "Step 20 of 40" in words(app)
    assert app.button(key="command-step").disabled == (state == "running")
    assert app.button(key="command-toggle").label == ("Resume" if state == "paused" else "Pause")
    assert ("Resume on Play goes on from here" in words(app)) == (state == "paused")
    assert ("Paused at step" in words(app)) == (state == "paused")
    assert app.button(key="train").disabled, "it is not begun anew"
    app.button(key="command-toggle").click().run()
    app.button(key="command-stop").click().run()
    asked = ["resume" if state == "paused" else "pause", "stop"]
    assert [command.name for command in shelf.commands(study)] == asked
    assert set(plots(app)) == {"plot-tradeoff", "plot-curves", "plot-weights", "plot-cosine"}


def test_weights_and_learning_rate_are_set_while_it_trains(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    app = visit("play", study)
    app.session_state["live-open"] = True
    app.run()
    rate = f"live.{study}.rate.{pair.study.learning_rate:g}"
    assert app.get_by_key(rate).value == pair.study.learning_rate
    app.get_by_key(rate).set_value(0.02).run()
    app.button(key="set-rate").click().run()
    (asked,) = shelf.commands(study)
    assert (asked.name, asked.arguments) == ("set_learning_rate", {"value": 0.02})


def test_what_was_set_by_hand_is_what_the_controls_show_and_a_mark_on_the_curves(
    put: Put, visit: Visit, shelf: Store, pair: Any
) -> None:
    study = put(pair, part=0.5, state="running")
    runs = np.array([run.index for run in pair.layout.runs if run.label == "equal"], np.int32)
    every = np.arange(len(pair.layout.runs), dtype=np.int32)
    told = [
        Record("change", 7, {"run": runs, "weights": np.tile([0.9, 0.1], (len(runs), 1))}),
        Record("change", 9, {"run": every, "learning_rate": np.full(len(every), 0.02)}),
        Record("change", 12, {"run": runs, "weights": np.tile([0.6, 0.4], (len(runs), 1))}),
    ]
    shelf.append(study, told, step=20, total=40)
    app = visit("play", study)
    app.session_state["live-open"] = True
    app.run()
    assert not app.exception
    assert app.get_by_key(f"live.{study}.rate.0.02").value == 0.02
    assert [data["parts"] for data in components(app) if "parts" in data] == [[60, 40], [60, 40]], "in the popover and beside"
    assert "equal: changed by hand" in words(app)
    for key in ("plot-curves", "plot-weights", "plot-cosine"):
        figure = json.loads(plots(app)[key]["figure"])
        marks = {note["x"]: note["text"] for note in figure["layout"]["annotations"] if note.get("textangle") == -90}
        assert marks == {7: "weights 0.9 / 0.1", 9: "learning rate 0.02", 12: "weights 0.6 / 0.4"}
        assert "weights 0.9 / 0.1 at step 7" in plots(app)[key]["alt"]
    app.session_state["run"] = ["pcgrad"]
    app.run()
    figure = json.loads(plots(app)["plot-weights"]["figure"])
    assert [note["text"] for note in figure["layout"]["annotations"] if note.get("textangle")] == ["learning rate 0.02"]


def test_failure_and_divergence_are_explained(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    study = put(pair, part=0.5, state="failed", reason="the disk is full **now**")
    shelf_record = {"run": np.array([0], np.int32), "diverged_step": np.array([7], np.int32)}
    lost = Record("status", 7, shelf_record | {"diverged_task": np.array([1], np.int32)})
    shelf.append(study, [lost], step=20, total=40)
    app = visit("play", study)
    assert not app.exception
    assert "the disk is full **now**" in words(app)
    assert r"\*\*now\*\*" in app.error[0].value
    assert "diverged" in words(app)
    assert "at step 7" in words(app)
    assert not app.button(key="train").disabled


def test_a_stopped_study_can_go_on(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    study = put(pair, part=0.5, state="stopped")
    app = visit("play", study)
    assert "Stopped at step 20 of 40" in words(app)
    app.button(key="train").click().run()
    assert shelf.get(study).state == "queued"


def test_what_people_type_is_never_markup(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    study = put(pair)
    shelf.rename(study, "<b>bold</b> [link](http://example.org) :red[red] $x$")
    app = visit("play", study)
    assert not app.exception
    assert app.title[0].value == (
        r"\<b\>bold\<\/b\> \[link\]\(http\:\/\/⁠example.org\) \:red\[red\] \$x\$"  # every sign that means something is escaped
    )


def test_weightings_of_ones_own_join_the_map(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair))
    app.session_state["play-own"] = True
    app.run()
    assert [data["parts"] for data in components(app) if "parts" in data] == [[50, 50]]
    # What the browser tells, which this test has not.
    app.session_state["play.weights.2.point.chosen"] = ([50, 50], [70, 30])
    app.run()
    app.button(key="play.weights.2.add").click().run()
    points = json.loads(app.query_params["weights"])
    assert [0.7, 0.3] in points
    assert len(points) == 6
    setting(app, "weights.2.map").set_value(0).run()
    assert json.loads(app.query_params["weights"]) == [[0.7, 0.3]]


def test_the_form_is_there_again_after_another_page(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair))
    setting(app, "seeds").set_value(9).run()
    app.switch_page("views/transfer.py").run()
    app.query_params.pop("seeds", None)
    app.switch_page("views/play.py").run()
    assert setting(app, "seeds").value == 9
    assert app.query_params["seeds"] == "9"


def test_german_is_asked_for_and_english_comes_where_nothing_is_translated(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), lang="de")
    assert not app.exception
    assert app.button(key="train").label == "Train"

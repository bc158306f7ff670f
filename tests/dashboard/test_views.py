"""The results pages and the list of studies, as visitors find them, on really trained studies."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from mtl_core.errors import UnknownStudyError
from mtl_core.exporting import command, network_command, snippet
from mtl_core.spec import Study
from mtl_core.store import Store
from tests.dashboard.conftest import components

Put = Callable[..., str]
Visit = Callable[..., AppTest]
RESULTS = ("transfer", "sharing", "conflict", "tradeoff", "together")
EVERY = (*RESULTS, "studies")


def figures(app: AppTest) -> list[dict[str, Any]]:
    """The still figures on a page."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def words(app: AppTest) -> str:
    """Everything readable on a page, without the signs that keep people's text from being markup."""
    kinds = ("title", "subheader", "caption", "markdown", "info", "warning", "error")
    said = [str(element.value) for kind in kinds for element in app.get(kind)]
    return "\n".join([*said, *(data["words"] for data in components(app) if "progress" in data)]).replace("\\", "")


@pytest.mark.parametrize("page", RESULTS)
@pytest.mark.parametrize("kind", ["pair", "triple", "many"])
def test_a_finished_study_is_drawn(put: Put, visit: Visit, request: pytest.FixtureRequest, page: str, kind: str) -> None:
    app = visit(page, put(request.getfixturevalue(kind)))
    assert not app.exception
    drawn = figures(app)
    assert drawn
    assert all(figure["data"] for figure in drawn)
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert not app.warning
    assert not app.error


@pytest.mark.parametrize("page", EVERY)
def test_no_study_leads_to_where_one_is_made(shelf: Store, visit: Visit, page: str) -> None:
    app = visit(page)
    assert not app.exception
    assert app.info
    assert app.get("page_link")
    assert not figures(app)


@pytest.mark.parametrize("page", RESULTS)
def test_a_stale_link_is_explained(put: Put, visit: Visit, pair: Any, page: str) -> None:
    put(pair)
    app = visit(page, "0123456789ab")
    assert not app.exception
    assert "This link leads to a study that this store does not have" in words(app)
    assert app.get("page_link")


@pytest.mark.parametrize("page", RESULTS)
def test_a_running_study_shows_what_is_there(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair, part=0.7, state="running"))
    assert not app.exception
    assert "Step " in words(app)
    assert not figures(app), "while a study trains its pictures are updated in place, by the live component"
    assert app.get("bidi_component")


@pytest.mark.parametrize("page", RESULTS)
def test_a_queued_study_says_its_place(shelf: Store, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, shelf.add(pair.study))
    assert not app.exception
    assert "Getting ready to train" in words(app)


@pytest.mark.parametrize("page", RESULTS)
def test_a_failed_study_says_why_and_never_as_markup(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair, part=0.5, state="failed", reason="out of **memory** at <step> 3"))
    assert not app.exception
    assert r"\*\*memory\*\*" in app.error[0].value
    assert r"\<step\>" in app.error[0].value


@pytest.mark.parametrize("page", RESULTS)
def test_a_stopped_study_says_how_far_it_came(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair, part=0.5, state="stopped"))
    assert not app.exception
    assert "Stopped at step 20 of 40" in words(app)


@pytest.mark.parametrize("page", EVERY)
def test_a_store_that_cannot_be_opened_is_an_error_in_words(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str, tmp_path: Any
) -> None:
    monkeypatch.setenv("SEESAW_STORE", f"sqlite:///{tmp_path}")
    app = visit(page, "0123456789ab")
    assert not app.exception
    assert app.error


def test_transfer_says_its_headline_its_sign_and_its_rival(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("transfer", put(pair))
    result = pair.result
    cards = {metric.label.replace("\\", "").split(") ")[-1]: metric.value for metric in app.metric}
    for label in ("equal", "pcgrad"):
        (score,) = result.summary[result.summary["label"] == label]["delta_m"]
        if pd.isna(score):  # a task alone is at chance after so few steps
            assert cards[label].startswith(("index ", "–"))
        else:
            assert float(cards[label].removesuffix(" %").replace("−", "-")) == pytest.approx(score, abs=0.051)
    assert "positive is better" in words(app)
    assert f"best fixed weights, {result.best_fixed.label}," in words(app)
    table = app.dataframe[0].value
    assert {"n", "difference", "delta_percent", "low", "high", "verdict"} <= set(table.columns)
    assert set(table["label"]) <= {"equal", "pcgrad", result.best_fixed.label}
    baselines = app.dataframe[1].value
    assert list(baselines["task"]) == ["left", "right"]


@pytest.mark.parametrize("page", RESULTS)
def test_every_page_has_the_command_and_the_snippet(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair))
    codes = [code.value for code in app.code]
    assert command(pair.study) in codes
    assert snippet(pair.study) in codes
    assert network_command(pair.study, pair.study.id) in codes


@pytest.mark.parametrize("page", RESULTS)
def test_every_picture_has_a_definition(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair))
    assert len(app.get("popover")) >= 1
    assert len(app.latex) >= 1
    assert "Gradient cosine is not transfer" in words(app) or page != "conflict"


@pytest.mark.parametrize("page", ["transfer", "conflict", "tradeoff"])
def test_tables_can_be_downloaded_as_csv_and_parquet(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair))
    assert {"CSV", "Parquet"} <= {button.proto.label for button in app.get("download_button")}


def test_the_selection_is_shared_by_the_pages(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("transfer", put(pair))
    app.multiselect(key="compare").select("pcgrad").run()
    app.multiselect(key="show").select("right").run()
    assert set(app.dataframe[0].value["label"]) == {"pcgrad"}
    assert set(app.dataframe[0].value["task"]) == {"right"}
    app.switch_page("views/tradeoff.py").run()
    assert not app.exception
    assert app.multiselect(key="compare").value == ["pcgrad"]
    assert set(app.dataframe[-1].value["label"]) == {"left alone", "right alone", "pcgrad"}


@pytest.mark.parametrize("page", [page for page in RESULTS if page != "together"])  # groups are of all tasks, over all seeds
def test_the_selection_stands_above_the_pictures_and_nothing_beside_them(put: Put, visit: Visit, pair: Any, page: str) -> None:
    app = visit(page, put(pair))
    assert not app.sidebar.children
    keys = [getattr(element, "key", None) for element in app.main]
    places = [keys.index(key) for key in ("show", "compare", "seed")]
    drawn = [place for place, element in enumerate(app.main) if element.type == "plotly_chart"]
    assert places == sorted(places)
    assert places[-1] < drawn[0]


def test_a_link_holds_the_selection(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("transfer", put(pair), compare="pcgrad")
    assert set(app.dataframe[0].value["label"]) == {"pcgrad"}


def test_one_seed_is_said_to_be_one_seed(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("transfer", put(pair))
    app.selectbox(key="seed").select("1").run()
    assert not app.exception
    assert "seed 1 alone" in words(app)


def test_a_layer_can_be_chosen(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("conflict", put(pair))
    whole = figures(app)
    layer = pair.layout.layers[1]
    app.session_state["layer"] = layer
    app.run()
    assert not app.exception
    assert figures(app)[1] != whole[1]


def test_the_triangle_can_be_coloured_by_a_task(put: Put, visit: Visit, triple: Any) -> None:
    app = visit("tradeoff", put(triple))
    app.session_state["color"] = "x"
    app.run()
    assert not app.exception
    heat, *_preferences = [figure for figure in figures(app) if "ternary" in figure["layout"]]
    assert "x" in heat["layout"]["coloraxis"]["colorbar"]["title"]["text"]


def test_two_of_many_tasks_can_be_set_against_each_other(put: Put, visit: Visit, many: Any) -> None:
    app = visit("tradeoff", put(many))
    app.selectbox(key="across").select("task_3").run()
    across = [figure["layout"].get("xaxis", {}).get("title", {}).get("text", "") for figure in figures(app)]
    assert sum("task_3" in words for words in across) == 1
    app.selectbox(key="up").select("task_3").run()
    assert "Choose two different tasks" in words(app)


@pytest.mark.parametrize(("page", "key"), [("conflict", "layer"), ("tradeoff", "color")])
def test_a_choice_that_this_study_does_not_have_gives_way_to_the_usual(
    put: Put, visit: Visit, triple: Any, page: str, key: str
) -> None:
    study_id = put(triple)
    app = visit(page, study_id)
    app.session_state[key] = "of another study"
    app.run()
    assert not app.exception
    assert app.session_state[key] == visit(page, study_id).session_state[key]
    assert words(app) == words(visit(page, study_id))


def test_the_curves_of_the_next_study_are_those_of_a_run_it_has(put: Put, visit: Visit, pair: Any, triple: Any) -> None:
    first, second = put(pair), put(triple)
    app = visit("play", first)
    app.multiselect(key="run").set_value(["pcgrad"]).run()
    app.query_params["study"] = second
    app.run()
    assert not app.exception
    assert app.multiselect(key="run").value == []
    assert json.loads(next(data["figure"] for data in components(app) if data.get("key") == "plot-curves"))["data"]


def test_studies_lists_what_there_is(put: Put, shelf: Store, visit: Visit, pair: Any, triple: Any) -> None:
    put(pair)
    shelf.rename(put(triple, part=0.5, state="running"), "my *own* shapes")
    shelf.add(Study(seeds=1, steps=10))
    app = visit("studies")
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["state"]) == ["queued, place 1", "training", "finished"]
    assert table["name"].iloc[1] == "my *own* shapes"
    assert list(table["progress"]) == [0.0, 50.0, 100.0]


def test_studies_are_found_by_words(put: Put, visit: Visit, pair: Any, triple: Any) -> None:
    put(pair), put(triple)
    app = visit("studies")
    app.text_input(key="find").set_value("sprites mgda").run()
    assert list(app.dataframe[0].value["suite"]) == ["sprites"]
    app.text_input(key="find").set_value("nothing like that").run()
    assert not app.dataframe
    assert "No study has these words" in words(app)


def test_a_study_is_renamed(put: Put, shelf: Store, visit: Visit, pair: Any) -> None:
    study_id = put(pair)
    app = visit("studies", study_id)
    app.text_input(key=f"name-{study_id}").set_value("Überlagert <b>")
    next(button for button in app.button if button.label == "Save name").click().run()
    assert not app.exception
    assert shelf.get(study_id).name == "Überlagert <b>"
    assert app.dataframe[0].value["name"].iloc[0] == "Überlagert <b>"


def test_a_study_is_deleted_only_when_that_is_meant(put: Put, shelf: Store, visit: Visit, pair: Any) -> None:
    study_id = put(pair)
    app = visit("studies", study_id)
    assert "Delete" in [popover.proto.popover.label for popover in app.get("popover")], "the button is one step away"
    assert shelf.get(study_id).id == study_id
    app.button(key="delete-for-good").click().run()
    assert not app.exception
    with pytest.raises(UnknownStudyError):
        shelf.get(study_id)
    assert "There is no study yet" in words(app)


def test_a_study_is_opened_on_the_play_page(put: Put, visit: Visit, pair: Any) -> None:
    study_id = put(pair)
    app = visit("studies", study_id)
    app.button(key="open").click().run()
    assert not app.exception
    assert app.session_state["study"] == study_id
    assert app.title[0].value.replace("\\", "") == "Two overlaid digits"


def test_a_download_holds_the_whole_study(put: Put, visit: Visit, pair: Any) -> None:
    from dashboard.reading.listing import whole

    study_id = put(pair)
    visit("studies", study_id)
    with zipfile.ZipFile(io.BytesIO(whole(study_id, "parquet"))) as file:
        curves = pd.read_parquet(io.BytesIO(file.read("curves.parquet")))
        assert json.loads(file.read("study.json")) == pair.study.to_dict()
    assert len(curves) == len(pair.result.curves)


def test_of_five_hundred_studies_a_sheet_is_listed(shelf: Store, visit: Visit) -> None:
    for number in range(500):
        shelf.add(Study(seeds=[number], steps=10))
    app = visit("studies")
    assert len(app.dataframe[0].value) == 50
    assert app.get("pagination")
    assert "500 studies" in words(app)


def test_where_to_train_next_is_said_and_trained_by_one_press(put: Put, visit: Visit, pair: Any, shelf: Store) -> None:
    app = visit("tradeoff", put(pair))
    assert "Where to train next" in words(app)
    assert "of the plane" in words(app)
    (count,) = (each for each in app.number_input if str(each.key).startswith("train-next-count"))
    count.set_value(2).run()
    app.button(key="train-next").click().run()
    assert not app.exception
    (later,) = (info.study for info in shelf.list() if info.study.refined)
    assert later.weights == pair.study.weights
    assert [len(added) for added in later.refined] == [2]

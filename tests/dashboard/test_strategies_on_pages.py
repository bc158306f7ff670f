"""Studies with several sharing strategies on every page, as visitors find them."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import mtl_core as mtl
from dashboard.figures import tradeoff
from dashboard.figures.palette import task_styles
from dashboard.figures.tradeoff_strategies import strategy_names
from dashboard.showing.comparison import grouped, places_of, spread
from mtl_core.diagnostics import Result
from mtl_core.records import Layout
from mtl_core.spec import STRATEGIES, Study
from mtl_core.spec.plan import plan
from mtl_core.store import Store
from tests.dashboard.conftest import MIXED
from tests.dashboard.test_play import plots, setting
from tests.dashboard.test_play import words as said
from tests.dashboard.test_views import figures

SHARED = ("hard", "mmoe(experts=2)")

Put = Callable[..., str]
Visit = Callable[..., AppTest]


@pytest.mark.parametrize("by", ["strategy", "method"])
def test_transfer_is_grouped_by_strategy_or_by_method(put: Put, visit: Visit, mixed: Any, by: str) -> None:
    study = put(mixed)
    app = visit("transfer", study, group={"strategy": "sharing strategy", "method": "balancing method"}[by])
    assert not app.exception
    assert app.session_state["group"] == by
    notes = [note["text"] for note in figures(app)[0]["layout"]["annotations"] if "left" not in note["text"]]
    names = [text for text in notes if "right" not in text]
    if by == "strategy":
        assert sorted(names) == sorted(["<b>hard</b>", "equal", "<b>mmoe(experts=2)</b>", "equal"])
    else:
        assert sorted(names) == sorted(["<b>equal</b>", "hard", "mmoe(experts=2)"])
    cards = [card.label.replace("\\", "").split(maxsplit=1) for card in app.metric]
    assert sorted(label for _mark, label in cards) == ["hard · equal", "mmoe(experts=2) · equal"]
    assert len({mark for mark, _label in cards}) == 2, "each strategy in its colour, as on the plane"
    places = [note["y"] for note in figures(app)[0]["layout"]["annotations"]]
    assert len(set(places)) == len(places), "no words lie on others"


def test_groups_keep_the_studys_order(mixed: Any) -> None:
    labels = ["mmoe(experts=2) · equal", "hard · equal"]
    assert list(grouped(mixed.result, labels, "strategy")) == labels
    assert grouped(mixed.result, labels, "method") == {
        labels[0]: ("equal", "mmoe(experts=2)"),
        labels[1]: ("equal", "hard"),
    }


def test_where_there_is_no_room_every_strategy_is_still_there() -> None:
    asked = Study(strategies=["hard", "mmoe", "film"], methods=["equal", "uw", "dwa"], weights=0, seeds=1)
    result = Result(asked, Layout((), (), plan(asked), "cpu"), [], "queued")
    labels = [run.label for run in plan(asked) if run.role == "method"]
    assert spread(result, labels, 4) == ["hard · equal", "hard · uw", "mmoe · equal", "film · equal"]
    assert spread(result, labels, 20) == labels


def test_a_study_that_shares_in_one_way_has_no_groups(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("transfer", put(pair))
    assert "group" not in app.session_state
    assert not [note for note in figures(app)[0]["layout"]["annotations"] if note["text"] == "<b>hard</b>"]


def test_each_strategy_has_a_colour_and_its_name_on_the_plane(put: Put, visit: Visit, mixed: Any) -> None:
    app = visit("tradeoff", put(mixed))
    assert not app.exception
    picture = figures(app)[0]
    styles = task_styles(SHARED)
    for name in SHARED:
        (mark,) = [trace for trace in picture["data"] if trace.get("ids") == [f"{name} · equal"]]
        assert mark["marker"]["color"] == styles[name].color
        (note,) = [note for note in picture["layout"]["annotations"] if note["text"] == f"<b>{name}</b>"]
        assert [note["x"], note["y"]] == [mark["x"][0], mark["y"][0]]
        assert note["font"]["color"] == styles[name].color
    markers = {trace["marker"]["symbol"] for trace in picture["data"] if trace.get("ids")}
    assert len(markers - {"circle"}) == 1, "one method, one marker, whatever shares"


def test_every_front_is_drawn_in_its_strategys_colour(mixed: Any, pair: Any) -> None:
    means, points = pair.result.tradeoff_means, pair.result.tradeoff
    # The same runs as those of two strategies, of which the second does a little better.
    first = means[means["role"] != "baseline"].assign(strategy="hard")
    first = first.assign(label="hard · " + first["label"].astype(str), role=first["role"].astype(str))
    second = first.assign(strategy="mmoe", label=first["label"].str.replace("hard", "mmoe"), mean=first["mean"] + 0.05)
    picture = tradeoff.plane(pd.concat([first, second]), points, ["left", "right"], ("left", "right"))
    stairs = [trace for trace in picture.data if (trace.line.shape or "") == "vh"]
    styles = task_styles(["hard", "mmoe"])
    assert [trace.line.color for trace in stairs] == [styles["hard"].color, styles["mmoe"].color]
    assert stairs[1].x == pytest.approx(np.array(stairs[0].x) + 0.05)
    turned = tradeoff.plane(pd.concat([first, second]), points, ["left", "right"], ("left", "right"), lower=["left"])
    assert [trace.line.shape for trace in turned.data if trace.line.shape] == ["hv", "hv"], "what lies right is dominated"


def test_names_stand_alike_where_an_axis_is_turned_round() -> None:
    rng = np.random.default_rng(2)
    wide = pd.DataFrame({"strategy": ["hard", "mmoe"] * 9, "role": "method", "on_front": True, "x": rng.random(18)})
    wide["y"] = 1 - wide["x"]

    def places(way: int, turned: tuple[str, ...]) -> list[tuple[float, float]]:
        marks = wide.assign(x=way * wide["x"])
        seeds = marks[["x", "y"]] + np.array([way * 0.02, 0.02])
        notes = strategy_names(marks, seeds, ["hard", "mmoe"], {}, 500, alone=[way * 0.4, 0.5], line=True, turned=turned)
        return [(note["ax"], note["ay"]) for note in notes]

    upright = places(1, ())
    assert len(upright) == 2
    assert places(-1, ("x",)) == upright
    assert places(-1, ()) != upright


def test_the_triangle_shows_one_strategy_at_a_time() -> None:
    asked = Study(suite="hint", strategies=["hard", "mmoe"], weights=2, seeds=1, steps=2)
    result = mtl.run(asked)
    own, other = places_of(result, "hard"), places_of(result, "mmoe")
    assert list(own["role"]) == ["baseline"] * 3 + ["method"], "with hard sharing the corners are the tasks alone"
    assert list(other["label"]) == ["mmoe · equal", "mmoe · 1 / 0 / 0", "mmoe · 0 / 1 / 0", "mmoe · 0 / 0 / 1"]
    assert len(other.drop_duplicates(["0", "1", "2"])) == len(other), "no mark lies on another"


@pytest.mark.parametrize("page", ["transfer", "conflict", "tradeoff", "play"])
def test_a_study_that_trains_shows_all_its_strategies(put: Put, visit: Visit, mixed: Any, page: str) -> None:
    app = visit(page, put(mixed, part=0.7, state="running"))
    assert not app.exception
    assert not app.error
    if page == "play":
        offered = app.multiselect(key="run").options
        assert {f"{name} · equal" for name in SHARED} <= set(offered)
    assert app.get("bidi_component")


def test_conflict_has_a_panel_for_each_strategy(put: Put, visit: Visit, mixed: Any) -> None:
    app = visit("conflict", put(mixed))
    assert not app.exception
    for name in SHARED:
        assert f"**{name} · equal**" in said(app)
    assert len(figures(app)) == 1 + 2 + 2


@pytest.mark.parametrize("page", ["transfer", "sharing", "conflict", "tradeoff"])
def test_every_results_page_says_the_phases_once(put: Put, visit: Visit, phased: Any, pair: Any, page: str) -> None:
    app = visit(page, put(phased), sharing="mmoe")
    assert not app.exception
    assert said(app).count("Runs are trained in 2 phases: tasks(steps=12, train=trunk)") == 1
    assert "phases" not in said(visit(page, put(pair)))


def test_pictures_over_steps_have_the_phases(put: Put, visit: Visit, phased: Any) -> None:
    study = put(phased)
    steps = figures(visit("sharing", study, sharing="mmoe"))[0]["layout"]["sliders"][0]["steps"]
    phase = {int(step["args"][0][0]): step["label"] for step in steps}
    assert [phase[at] for at in (10, 12, 15, 20) if at in phase] == [
        f"{at} · phase {1 if at <= 12 else 2} of 2" for at in (10, 12, 15, 20) if at in phase
    ]
    assert max(phase) > 12
    assert min(phase) <= 12
    for picture in figures(visit("conflict", study))[1:]:
        assert 12 in [shape["x0"] for shape in picture["layout"]["shapes"] if shape["x0"] == shape["x1"]]


def test_where_nothing_is_shared_no_gradients_are_awaited(put: Put, visit: Visit, phased: Any) -> None:
    study = put(phased)
    app = visit("conflict", study)
    assert "share no parameters in single_task · equal" in said(app)
    assert "**single_task · equal**" not in said(app)
    assert len(figures(app)) == 1 + 2 + 2
    alone = visit("conflict", study, compare="single_task · equal")
    assert not alone.exception
    assert "their gradients never meet" in said(alone)
    assert not figures(alone)
    playing = visit("play", study, run="single_task · equal")
    assert "Tasks share no parameters here" in str(plots(playing)["plot-cosine"])


def test_studies_names_the_strategies_and_finds_by_them(put: Put, visit: Visit, mixed: Any, pair: Any) -> None:
    study, other = put(mixed), put(pair)
    shown = visit("studies").dataframe[0].value.set_index("id")["strategies"]
    assert shown[study] == "hard, mmoe"
    assert shown[other] == "hard"
    assert list(visit("studies", find="mmoe").dataframe[0].value["id"]) == [study]
    assert "hard, mmoe" in said(visit("transfer", study))


def test_strategies_are_chosen_with_their_options_and_trained(put: Put, visit: Visit, shelf: Store, pair: Any) -> None:
    app = visit("play", put(pair))
    setting(app, "strategies").set_value(["hard", "mmoe", "cross_stitch"]).run()
    assert not app.exception
    titles = [each.label for each in app.expander]
    assert "Options of Multi-gate mixture of experts" in titles
    assert "Options of Cross-stitch units" in titles
    setting(app, "strategies.mmoe.experts").set_value(8).run()
    assert app.query_params["strategies"]
    app.button(key="train").click().run()
    study = shelf.get(app.query_params["study"]).study
    assert [study.sharing(strategy) for strategy in study.strategies] == ["hard", "cross_stitch", "mmoe(experts=8)"]


def test_every_strategy_can_be_chosen_or_says_why_not(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), steps="41")
    for name in STRATEGIES:
        setting(app, "strategies").set_value([name]).run()
        assert not app.exception, name
        assert not app.button(key="train").disabled or app.error, (name, said(app))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"strategies": "hard,task_norm", "backbone": "mlp"}, "set backbone.normalise to true"),
        ({"strategies": '[{"name":"ple","levels":5},"hard"]', "backbone": "mlp"}, "levels is 5"),
        ({"strategies": "hard,adversarial"}, "whose tasks all read the same examples"),
        ({"strategies": "palora", "methods": "pcgrad"}, "goes with the method 'equal' alone"),
    ],
)
def test_a_strategy_that_does_not_fit_is_refused_in_words(
    put: Put, visit: Visit, pair: Any, settings: dict[str, str], why: str
) -> None:
    app = visit("play", put(pair), **settings)
    assert not app.exception
    assert why in said(app)
    assert app.button(key="train").disabled or "adversarial" not in setting(app, "strategies").value


def test_where_tasks_read_examples_of_their_own_nothing_is_left_out(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), suite="domains", strategies="hard,adversarial")
    assert not app.exception
    assert setting(app, "strategies").value == ["hard", "adversarial"]
    assert "all read the same examples" not in said(app)
    assert not app.button(key="train").disabled


def test_an_old_link_with_one_strategy_is_understood(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("play", put(pair), strategy='{"name":"mmoe","experts":3}')
    assert not app.exception
    assert setting(app, "strategies").value == ["mmoe"]
    assert setting(app, "strategies.mmoe.experts").value == 3
    assert "strategy" not in app.query_params
    assert json.loads(app.query_params["strategies"]) == [{"name": "mmoe", "experts": 3}]


def test_a_link_to_a_study_of_several_fills_the_form(put: Put, visit: Visit, mixed: Any) -> None:
    app = visit("play", put(mixed))
    assert setting(app, "strategies").value == ["hard", "mmoe"]
    assert setting(app, "strategies.mmoe.experts").value == 2
    assert app.button(key="train").disabled, "it is the study on screen"
    assert {"plot-tradeoff", "plot-curves"} <= set(plots(app))
    assert Study.from_dict(MIXED.to_dict()) == MIXED


def test_phases_of_a_link_are_said_and_can_be_left_out(visit: Visit) -> None:
    phases = '[{"name":"denoise","steps":5},{"name":"tasks","steps":5,"train":"heads"}]'
    app = visit("play", steps="10", phases=phases)
    assert any("Trained in 2 phases" in caption.value for caption in app.caption)
    setting(app, "phases").set_value("one").run()
    assert not app.exception
    assert not any("must sum" in error.value for error in (*app.error, *app.warning))

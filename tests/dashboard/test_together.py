"""The Together page: pictures on planted tables, and the page as visitors find it on really trained studies."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from streamlit.testing.v1 import AppTest

from dashboard.figures.affinity import FADED, affinity, ordered
from dashboard.figures.budget import budget_curve
from dashboard.figures.frame import alt
from dashboard.figures.lattice import Node, lattice
from dashboard.figures.predicted import predicted_gains
from mtl_core.diagnostics.predictors import ranks_agree
from mtl_core.diagnostics.together import EXACT, PAIRS
from mtl_core.spec import Study
from tests.dashboard.conftest import Trained, _train, components
from tests.dashboard.test_figures import drawn, numbers
from tests.dashboard.test_views import words

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def node(members: tuple[int, ...], *gains: float, outlined: bool = False) -> Node:
    """A set whose tasks gain this, give or take one."""
    table = np.array([[gain, gain - 1, gain + 1] for gain in gains])
    mean = float(np.mean(gains))
    return Node(members, (mean, mean - 1, mean + 1), table, outlined)


def test_the_lattice_says_what_a_further_task_does_to_those_that_are_there() -> None:
    nodes = [node((0,), 0.0), node((1,), 0.0, outlined=True), node((2,), 0.0), node((0, 1), 4.0, -2.0)]
    nodes += [node((0, 1, 2), 1.0, 1.0, np.nan), node((0, 2), 3.0, 5.0, outlined=True)]
    traces = drawn(lattice(nodes, ["<b>a", "b", "c"], "said"))
    told = [text for trace in traces for text in trace.get("customdata", ()) if "change" in text]
    assert len(told) == 5  # of {a, b, c} the gain of c is not known, so what b does to {a, c} is not
    assert "with b in it, &lt;b&gt;a change by +4.0 points" in told
    assert "with &lt;b&gt;a in it, b change by −2.0 points" in told
    assert "with c in it, &lt;b&gt;a, b change by +0.0 points" in told  # 4 to 1 and -2 to 1
    ring = next(trace for trace in traces if trace.get("name") == "chosen")
    assert sorted(numbers(ring["y"])) == [0, 1]
    circles = traces[-1]
    assert circles["text"] == ["0", "0", "0", "+1.0", "", "+4.0"]
    marks = {trace["name"]: len(numbers(trace["x"])) for trace in traces if trace.get("name") in ("b", "c")}
    assert marks == {"b": 3, "c": 3}
    assert alt(lattice(nodes, ["a", "b", "c"], "said")) == "said"


def test_sets_of_sizes_between_which_there_are_none_stand_in_neighbouring_rows() -> None:
    nodes = [node((task,), 0.0) for task in range(4)] + [node((0, 1, 2, 3), 1.0, 1.0, 1.0, 1.0)]
    picture = lattice(nodes, list("abcd"), "said")
    assert list(picture.layout.yaxis.ticktext) == ["1", "4"]
    assert picture.layout.yaxis.range[1] < 2


def test_tasks_that_help_each_other_stand_together_and_what_is_open_is_pale() -> None:
    value = np.full((4, 4), -3.0)
    value[[0, 2, 1, 3], [2, 0, 3, 1]] = 6.0  # 0 with 2, and 1 with 3
    value[0, 1] = np.nan
    np.fill_diagonal(value, np.nan)
    order, tree = ordered(value)
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset((0, 2)), frozenset((1, 3))}
    assert np.nanmin(tree[:, 1]) == 0
    assert np.nanmax(tree[:, 1]) == 3
    high = np.where(value > 0, value + 1, 1.0)
    heat, _branches = drawn(affinity(value, value - 1, high, list("abcd"), "said", unit="points"))
    cells = numbers(heat["z"]).reshape(4, 4).astype(float)
    wanted = np.where(value > 0, value, FADED * value)[np.ix_(order, order)]
    np.testing.assert_allclose(cells, wanted)
    assert {text for row in heat["text"] for text in row} == {"", "+6.0", "−3.0 ○"}
    assert not affinity(np.full((2, 2), np.nan), high[:2, :2], high[:2, :2], ["a", "b"], "", unit="").data


def test_the_gap_between_exact_and_an_affinity_is_its_regret() -> None:
    rows = [
        {"rule": rule, "budget": budget, "cost": budget, "groups": "{a}", "n": 3, "value": value, "low": value - 1}
        | {"high": value + 1, "regret": 5 - value, "regret_low": 4 - value, "regret_high": 6 - value}
        for rule, gains in ((EXACT, (5.0, 5.0)), (PAIRS, (1.0, 2.0)))
        for budget, value in zip((1.0, 2.0), gains, strict=True)
    ]
    titles = {EXACT: "exact", PAIRS: "trained pairs"}
    upper, lower, exact, pairs = drawn(budget_curve(pd.DataFrame(rows), titles, PAIRS, 2.0, "networks", "said", 0.95))
    assert lower["fill"] == "tonexty"
    assert (numbers(upper["y"]) - numbers(lower["y"])).tolist() == [4, 3]
    assert numbers(exact["y"]).tolist() == [5, 5]
    assert "regret +4.0 [+3.0 … +5.0], 95 % interval" in pairs["customdata"][0]
    assert len(drawn(budget_curve(pd.DataFrame(rows), titles, "", 2.0, "networks", "said", 0.95))) == 2


def test_sets_of_three_are_filled_and_ranks_are_spearmans() -> None:
    rng = np.random.default_rng(0)
    sets = [(0, 1), (0, 2), (1, 2), (0, 1, 2), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3)]
    inside = np.array([[task in members for task in range(4)] for members in sets])
    predicted, real = (np.where(inside, rng.normal(size=inside.shape).round(1), np.nan) for _ in range(2))
    traces = drawn(predicted_gains(predicted, real, sets, list("abcd"), "axis", "said", same=True))
    marks = {name: [len(numbers(each["x"])) for each in traces if each["name"] == name] for name in "ad"}
    assert marks == {"a": [4, 2], "d": [3, 0]}
    found = ranks_agree(predicted, real)
    for task in range(4):
        own = inside[:, task]
        assert found[task] == pytest.approx(spearmanr(predicted[own, task], real[own, task]).statistic)
    assert np.isnan(ranks_agree(predicted[:1], real[:1])).all()


def test_the_page_answers_and_follows_the_link(put: Put, visit: Visit, triple: Trained) -> None:
    study = put(triple)
    app = visit("together", study, most="3", affinity="cosine", own="1,2,2")
    assert not app.exception
    assert not app.error
    said = words(app)
    assert "**With up to 3 networks: " in said
    assert "Spearman's rank correlation over sets, a task: shape " in said
    assert "**Yours, 2 networks: {shape} {x, size}, " in said
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert "by gradient cosine" in " ".join(chart.proto.alt for chart in app.get("plotly_chart"))
    hand = next(data for data in components(app) if "colors" in data)
    assert hand["value"] == [0, 1, 1]
    measured = visit("together", study, cost="parameters", once="true", own="nonsense")
    assert not measured.exception
    assert "times the parameters of a network for one task: " in words(measured)
    assert "**Yours, 1 network: all tasks together, " in words(measured)


def test_a_study_without_sets_leads_to_play_with_them(put: Put, visit: Visit, many: Trained) -> None:
    app = visit("together", put(many))
    assert not app.exception
    assert "This study has not trained sets of its tasks" in words(app)
    assert "runs" in app.info[0].value
    assert any(button.key == "offer-sets" for button in app.button)
    assert "Trained are 1 of the 247 sets" in words(app)
    alone = _train(Study(methods=["pcgrad"], weights=0, seeds=1, steps=2))
    app = visit("together", put(alone))
    assert not app.exception
    assert "This study has not trained sets of its tasks" in words(app)

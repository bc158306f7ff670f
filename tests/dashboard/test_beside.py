"""Studies side by side: what they ask differently and what came out, of really trained studies as visitors find them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dashboard.figures.beside import beside
from dashboard.reading.beside import BY_TASK, TOTALS, Side, apart, by_task, gather, labels, totals, wide
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.records import Record
from mtl_core.spec import Study
from mtl_core.store import Store

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def words(app: AppTest) -> str:
    """Everything readable on a page, without the signs that keep people's text from being markup."""
    kinds = ("subheader", "caption", "markdown", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind)).replace("\\", "")


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """The tables of the comparison by what they are for screen readers, shortened to the first word."""
    found = {str(frame.proto.alt): frame.value for frame in app.dataframe}
    return {alt.split()[0]: table for alt, table in found.items() if "a column a study" in alt}


def drawn(app: AppTest) -> dict[str, Any]:
    """The one still figure."""
    (chart,) = app.get("plotly_chart")
    assert chart.proto.alt
    spec: dict[str, Any] = json.loads(chart.proto.spec)
    return spec


@pytest.fixture
def sides(shelf: Store, put: Put, pair: Any, later: Any) -> list[Side]:
    """Two studies of the same tasks."""
    return gather(shelf, [put(pair), put(later)])


def test_totals_are_those_of_each_study(sides: list[Side], pair: Any, later: Any) -> None:
    table = totals(sides)
    assert list(table.columns) == list(TOTALS)
    for side, result in zip(sides, (pair.result, later.result), strict=True):
        own = table[table["study"] == side.study_id].set_index("label")
        expected = result.summary.assign(label=result.summary["label"].astype(str)).set_index("label")
        assert set(own.index) == set(expected.index)
        for column in ("n", "delta_m", "low", "high", "verdict"):
            assert own[column].tolist() == pytest.approx(expected.loc[own.index, column].tolist(), nan_ok=True)
        assert set(own["confidence"]) == {result.study.confidence}
    assert table["confidence"].unique().tolist() == [0.95, 0.98]


def test_rows_of_one_label_task_and_metric_stand_together(sides: list[Side], pair: Any, later: Any) -> None:
    table = by_task(sides)
    assert list(table.columns) == list(BY_TASK)
    same = table[(table["label"] == "equal") & (table["task"] == "left")]
    assert same["name"].tolist() == [side.name for side in sides]
    assert same.index.tolist() == [same.index[0], same.index[0] + 1]
    for row, result in zip(same.to_dict("records"), (pair.result, later.result), strict=True):
        (mean,) = result.tradeoff_means.query("label == 'equal' and task == 'left'").to_dict("records")
        (gain,) = headline_rows(result.layout, result.transfer).query("label == 'equal' and task == 'left'").to_dict("records")
        assert (row["mean"], row["mean_low"], row["mean_high"]) == (mean["mean"], mean["low"], mean["high"])
        assert (row["transfer"], row["transfer_low"], row["transfer_high"]) == (
            gain["difference"],
            gain["low"],
            gain["high"],
        )
        assert row["metric"] == gain["metric"]
    assert table["role"].tolist() == sorted(table["role"], key=["method", "fixed", "baseline"].index)


def test_each_task_alone_has_what_it_reached_and_no_transfer(sides: list[Side]) -> None:
    alone = by_task(sides).query("label == 'left alone'")
    assert alone["name"].tolist() == [side.name for side in sides]
    assert alone["mean"].notna().all()
    assert alone["transfer"].isna().all()


def test_labels_say_the_strategy_in_all_studies_where_one_needs_it(shelf: Store, put: Put, pair: Any, mixed: Any) -> None:
    both = gather(shelf, [put(pair), put(mixed)])
    table = by_task(both).query("task == 'left'")
    assert table.query("label == 'hard · equal'")["name"].tolist() == [side.name for side in both]
    assert table.query("label == 'mmoe(experts=2) · equal'")["name"].tolist() == [both[1].name]
    assert table.query("label == 'left alone'")["name"].tolist() == [side.name for side in both]
    assert "equal" not in set(table["label"])
    assert set(totals(both)["label"]) == set(by_task(both).query("role != 'baseline'")["label"])
    assert "hard · equal" in labels(both)[both[0].study_id].values()


def test_a_label_that_diverged_keeps_its_row(shelf: Store, put: Put, pair: Any, later: Any) -> None:
    run = np.array([run.index for run in later.layout.runs if run.label == "equal"], dtype=np.int32)
    status = Record("status", 40, {"run": run, "diverged_step": np.full_like(run, 5), "diverged_task": np.zeros_like(run)})
    both = gather(shelf, [put(pair), put(replace(later, records=[*later.records, status]))])
    (row,) = by_task(both[1:]).query("label == 'equal' and task == 'left'").to_dict("records")
    assert (row["n"], row["diverged"], row["metric"]) == (0, 3, "accuracy")
    assert np.isnan(row["mean"])
    picture = beside(totals(both), [side.name for side in both], ["equal"])
    assert sum("3 diverged" in note.text for note in picture.layout.annotations) == 1


def test_different_metrics_of_a_task_share_no_row(shelf: Store, put: Put, pair: Any, later: Any) -> None:
    tasks = tuple(replace(task, judged_by="macro_f1") for task in later.layout.tasks)
    other = replace(later, layout=replace(later.layout, tasks=tasks))
    both = gather(shelf, [put(pair), put(other)])
    table = by_task(both)
    shown = wide(table, ["label", "task", "metric"], table["mean"].map(str), both)
    rows = shown[(shown["label"] == "equal") & (shown["task"] == "left")]
    assert rows["metric"].tolist() == ["accuracy", "macro_f1"]
    assert rows[both[0].name].isna().tolist() == [False, True]
    assert rows[both[1].name].isna().tolist() == [True, False]
    assert apart(both) == {
        (task, metric): letter for letter, metric in (("A", "accuracy"), ("B", "macro_f1")) for task in ("left", "right")
    }


def test_a_study_that_is_gone_or_damaged_keeps_its_place(shelf: Store, put: Put, pair: Any, triple: Any) -> None:
    broken, fine = put(triple), put(pair)
    with shelf.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET layout = '{}' WHERE id = :id"), {"id": broken})
    gone, damaged, whole = gather(shelf, ["0123456789ab", broken, fine])
    assert (gone.letter, gone.info, gone.result) == ("A", None, None)
    assert "deleted" in gone.problem
    assert damaged.info is not None
    assert damaged.result is None
    assert "damaged" in damaged.problem
    assert whole.result is not None
    assert not whole.problem
    assert set(totals([gone, damaged, whole])["name"]) == {whole.name}


def test_a_study_that_can_no_longer_be_made_keeps_its_settings(shelf: Store, put: Put, pair: Any) -> None:
    study_id = put(pair)
    spec = json.dumps(pair.study.to_dict() | {"methods": [{"name": "yesterday"}]})
    with shelf.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET spec = :spec WHERE id = :id"), {"spec": spec, "id": study_id})
    (side,) = gather(shelf, [study_id])
    assert side.info is not None
    assert side.result is None
    assert "yesterday" in side.problem


def test_nothing_known_gives_empty_tables_with_their_columns(shelf: Store) -> None:
    nothing = gather(shelf, ["0123456789ab"])
    assert list(totals(nothing).columns) == list(TOTALS)
    assert list(by_task(nothing).columns) == list(BY_TASK)
    assert apart(nothing) == {}


def test_the_figure_has_a_line_a_study_under_each_label(sides: list[Side]) -> None:
    names = [side.name for side in sides]
    table = totals(sides).assign(delta_m=[1.0 + place for place in range(len(totals(sides)))], low=-1.0, high=9.0)
    picture = beside(table, names, ["equal", "pcgrad"])
    heads = [note.text for note in picture.layout.annotations if note.font.size == 15]
    assert heads == ["equal", "pcgrad"]
    places = [note.y for note in picture.layout.annotations]
    assert places == sorted(places), "a label stands above its studies"
    marks = [trace for trace in picture.data if trace.mode == "markers"]
    shown = table[table["label"].isin(["equal", "pcgrad"])]
    assert [mark.x[0] for mark in marks] == pytest.approx(shown["delta_m"].tolist())
    assert len({(mark.marker.color, mark.marker.symbol) for mark in marks}) == 2
    assert "+1.0 %" in picture.layout.annotations[1].text
    assert "equal, A" in picture.layout.meta["alt"]


def test_without_a_percentage_the_figure_says_so(sides: list[Side]) -> None:
    table = totals(sides).assign(delta_m=np.nan, low=np.nan, high=np.nan)
    picture = beside(table, [side.name for side in sides], ["equal"])
    assert not picture.data
    assert sum("no Δm" in note.text for note in picture.layout.annotations) == 2


def test_names_are_never_markup_in_the_figure(sides: list[Side]) -> None:
    table = totals(sides).assign(name="A · <b>%{x}", label="<i>equal</i>", delta_m=1.0, low=0.5, high=2.0)
    sent = json.loads(beside(table, ["A · <b>%{x}"], ["<i>equal</i>"]).to_json())
    texts = [note["text"] for note in sent["layout"]["annotations"]] + [trace["hovertemplate"] for trace in sent["data"]]
    assert len(texts) == 4
    assert not any("<b>%" in text or "<i>" in text or "%{x}<" in text for text in texts)


@pytest.mark.parametrize("chosen", [0, 1])
def test_fewer_than_two_say_what_to_do(put: Put, visit: Visit, pair: Any, later: Any, chosen: int) -> None:
    ids = [put(pair), put(later)]
    app = visit("studies", beside=ids[:chosen])
    assert not app.exception
    assert "Choose two to 6 studies" in words(app)
    assert not tables(app)
    assert not app.get("plotly_chart")


def test_one_study_alone_has_nothing_to_be_compared_with(put: Put, visit: Visit, pair: Any) -> None:
    put(pair)
    assert "Compare" not in [head.value for head in visit("studies").subheader]


def test_a_link_opens_the_comparison(put: Put, visit: Visit, pair: Any, later: Any) -> None:
    ids = [put(pair), put(later)]
    app = visit("studies", beside=ids)
    assert not app.exception
    assert not app.warning
    assert app.multiselect(key="beside-chosen-0").value == ids
    names = ["A · Two overlaid digits", "B · Two overlaid digits"]
    found = tables(app)
    asked = found["Settings"].set_index("setting")
    assert asked.index.tolist() == ["backbone.width", "methods", "weights", "seeds", "looks", "evaluate_every"]
    assert asked.loc["backbone.width"].tolist() == ["32", "16"]
    assert asked.loc["looks"].tolist() == ["none", "2"]
    assert list(found["Δm"].columns) == ["label", *names]
    result = pair.result
    (row,) = headline_rows(result.layout, result.transfer).query("label == 'equal' and task == 'right'").to_dict("records")
    cell = found["Transfer"].query("label == 'equal' and task == 'right'")[names[0]].iloc[0]
    assert float(re.split(" ", cell)[0].replace("−", "-")) == pytest.approx(row["difference"], abs=6e-5)
    assert str(row["verdict"]) in cell
    (mean,) = later.result.tradeoff_means.query("label == 'left alone'")["mean"]
    cell = found["Test"].query("label == 'left alone'")[names[1]].iloc[0]
    assert cell.startswith(f"{mean:.4f} (")
    assert "95 % (A), 98 % (B)" in words(app)
    assert "Not in all of these studies" not in words(app)
    assert drawn(app)["layout"]["annotations"]
    assert {"download-beside-settings-csv", "download-beside-totals-csv", "download-beside-tasks-csv"} <= {
        button.key for button in app.get("download_button")
    }


def test_studies_are_chosen_in_the_order_of_the_visitor(put: Put, visit: Visit, pair: Any, later: Any, triple: Any) -> None:
    put(pair)
    first, second = put(triple), put(later)
    app = visit("studies")
    app.multiselect(key="beside-chosen-0").select(first).select(second).run()
    assert not app.exception
    assert app.query_params["beside"] == [first, second]
    assert list(tables(app)["Settings"].columns) == ["setting", first, second]
    app.multiselect(key="beside-chosen-0").set_value([]).run()
    assert "beside" not in app.query_params
    assert not tables(app)


def test_other_tasks_stand_side_by_side_and_it_is_said(put: Put, visit: Visit, pair: Any, triple: Any) -> None:
    app = visit("studies", beside=[put(pair), put(triple)])
    assert not app.exception
    said = words(app)
    assert "left (accuracy): A" in said
    assert "shape (accuracy): B" in said
    assert "Their suites differ" in said
    assert "these studies do not all have the same ones" in said
    table = tables(app)["Transfer"].set_index(["label", "task"])
    ours, theirs = table.columns[1:]
    assert pd.isna(table.loc[("equal", "left"), theirs])
    assert pd.notna(table.loc[("equal", "left"), ours])
    assert pd.notna(table.loc[("equal", "shape"), theirs])


def test_unfinished_and_failed_studies_take_part_as_far_as_they_came(
    shelf: Store, put: Put, visit: Visit, pair: Any, later: Any
) -> None:
    failed = put(pair, part=0.5, state="failed", reason="out of **memory**")
    ids = [failed, put(later, part=0.6, state="running"), shelf.add(Study(seeds=1, steps=10))]
    app = visit("studies", beside=ids)
    assert not app.exception
    said = words(app)
    assert "failed: out of **memory**" in said
    assert "training 60 %" in said
    assert "queued, place 1" in said
    assert len(tables(app)["Settings"].columns) == 4
    assert app.get("bidi_component"), "while a study trains the picture is updated in place"


def test_studies_without_any_result_say_so(shelf: Store, visit: Visit) -> None:
    ids = [shelf.add(Study(seeds=1, steps=10)), shelf.add(Study(seeds=1, steps=20))]
    app = visit("studies", beside=ids)
    assert not app.exception
    assert "None of these studies has a result yet" in words(app)
    assert tables(app)["Settings"]["setting"].tolist() == ["steps"]


def test_a_stale_link_is_explained_and_the_rest_is_compared(put: Put, visit: Visit, pair: Any, later: Any) -> None:
    app = visit("studies", beside=[put(pair), "<b>gone</b>", put(later)])
    assert not app.exception
    assert "B · <b>gone</b>: this store does not have it" in words(app).replace("**", "")
    assert len(tables(app)["Settings"].columns) == 3
    assert list(tables(app)["Δm"].columns)[1:] == ["A · Two overlaid digits", "C · Two overlaid digits"]
    app.run()
    assert "this store does not have it" in words(app), "it is said as long as it is chosen"


def test_more_than_six_meet_the_limit(shelf: Store, visit: Visit) -> None:
    ids = [shelf.add(Study(seeds=1, steps=10 + number)) for number in range(7)]
    app = visit("studies", beside=ids)
    assert not app.exception
    assert "At most 6 studies are compared" in words(app)
    assert tables(app)["Settings"].columns.tolist() == ["setting", *ids[:6]]


def test_a_deleted_study_leaves_the_comparison(put: Put, visit: Visit, pair: Any, later: Any, shelf: Store) -> None:
    first, second = put(pair), put(later)
    app = visit("studies", first, beside=[first, second])
    app.button(key="delete-for-good").click().run()
    assert not app.exception
    assert app.multiselect(key="beside-chosen-1").value == [second]
    assert app.query_params["beside"] == second

"""More seeds for a finished study: the old runs are taken over, the new ones trained."""

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.execution import execute as execution
from mtl_core.spec.extension import earlier, with_points, with_seeds
from mtl_core.training.trainer import Trainer


def test_the_schedule_is_remembered():
    first = mtl.Study(seeds=5)
    second = with_seeds(first)
    third = with_seeds(second)
    assert [(s.seeds, s.looks, s.confidence) for s in (first, second, third)] == [
        (5, (), 0.95),
        (10, (5,), 0.98),
        (20, (5, 10), 0.98),
    ]
    assert earlier(third) == (second, second)
    assert earlier(second)[0] == first
    assert earlier(first) == ()
    assert with_seeds(mtl.Study(seeds=[7, 1]), 4).seeds == (7, 1, 0, 2)
    with pytest.raises(SpecError, match="last planned look is at 20 seeds"):
        with_seeds(third)
    with pytest.raises(SpecError, match="more than the 5"):
        with_seeds(first, 5)
    for count in (0, 7.5, "12"):
        with pytest.raises(SpecError, match="seeds must be"):
            with_seeds(first, count)


def test_weightings_are_added_round_by_round():
    first = mtl.Study(weights=3)
    second = with_points(first, [[0.4, 0.6], [0.5, 0.5]])
    third = with_points(second, [(0.45, 0.55)])
    assert second.refined == (((0.4, 0.6),),), "the centre is there already"
    assert len({first.id, second.id, third.id}) == 3
    assert earlier(third) == (second, second)
    assert earlier(with_seeds(second))[:2] == (with_seeds(first), second), "either way of going on is found"
    added = {run.label for run in mtl.plan(third)} - {run.label for run in mtl.plan(first)}
    assert added == {"0.4 / 0.6", "0.45 / 0.55"}
    assert mtl.Study.from_dict(third.to_dict()) == third
    for points, message in (([[0.5, 0.5]], "found none"), ([], "found none"), ([[0.5, 0.6]], "on the simplex")):
        with pytest.raises(SpecError, match=message):
            with_points(first, points)
    with pytest.raises(SpecError, match="must be a list of rounds"):
        mtl.Study(refined=[[]])


def test_added_weightings_alone_are_trained(file_store, bench, monkeypatch):
    study = bench.study(20, weights=3, seeds=2)
    first = mtl.run(study, file_store)
    asked = []

    class Watched(Trainer):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            asked.extend(run.label for wave in self._waves for run in wave)

    monkeypatch.setattr(execution, "Trainer", Watched)
    found = mtl.run(with_points(study, [[0.4, 0.6]]), file_store)
    assert set(asked) == {"0.4 / 0.6"}
    assert found.runs["status"].eq("finished").all()
    old = first.pairs.set_index(["label", "seed", "task", "metric"])["value"]
    kept = found.pairs.set_index(["label", "seed", "task", "metric"])["value"].loc[old.index]
    assert np.array_equal(kept, old)
    kept = found.pairs.set_index(["label", "seed", "task", "metric"])["value"].loc[old.index]
    assert np.array_equal(kept, old)


def test_old_runs_are_taken_over_and_new_ones_trained(store, bench, monkeypatch):
    study = bench.study(20, methods=["equal", "pcgrad"], seeds=2)
    first = mtl.run(study, store)
    asked = []

    class Watched(Trainer):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            asked.append([run.seed for wave in self._waves for run in wave])

    monkeypatch.setattr(execution, "Trainer", Watched)
    later = with_seeds(study, 5)
    found = mtl.run(later, store)
    assert [sorted(set(seeds)) for seeds in asked] == [[2, 3, 4]], "the old ones are not trained again"
    assert found.runs["status"].eq("finished").all()
    assert (found.transfer["n"] == 5).all()
    old = first.pairs.set_index(["label", "seed", "task", "metric"])["value"]
    assert found.pairs.set_index(["label", "seed", "task", "metric"])["value"].loc[old.index].equals(old)
    assert found.pairs.set_index(["label", "seed", "task", "metric"])["value"].loc[old.index].equals(old)
    assert not found.curves.duplicated(["run", "step", "split", "task", "metric"]).any()
    whole = mtl.run(later)  # without a store there is nothing to take over
    for column in ("baseline", "value"):
        np.testing.assert_allclose(found.transfer[column], whole.transfer[column], atol=0.03)
    kept = store.parameters(later.id)
    assert kept["run"].tolist() == list(range(len(found.layout.runs)))
    before = store.parameters(study.id)
    place = {(run.label, run.seed): run.index for run in found.layout.runs}
    for run in first.layout.runs:
        assert np.array_equal(kept["parameters"][place[run.label, run.seed]], before["parameters"][run.index])


def test_an_interruption_of_the_new_runs_loses_nothing(store, bench, hand):
    study = bench.study(20, methods=["equal"], seeds=2)
    mtl.run(study, store)
    later = with_seeds(study, 4)
    straight = Trainer(later, done={run.index for run in mtl.plan(later) if run.seed < 2})
    records = []
    while not straight.finished:
        records += straight.advance()
    store.add(later)
    busy = hand(store, later.id)
    bench.wait(lambda: store.get(later.id).step > 3)
    busy.leave.set()
    busy.join()
    assert mtl.run(later, store).state == "finished"
    expected = bench.numbers([*records, *straight.flush()])
    assert {key: value for key, value in bench.stored(store, later).items() if key in expected} == expected
    assert len(mtl.load(later.id, store).runs) == 4 * 3


def test_an_earlier_study_that_cannot_be_read_leaves_nothing(store, bench):
    study = bench.study(20, methods=["equal"], seeds=2)
    mtl.run(study, store)
    with store._writing() as connection:
        connection.exec_driver_sql("UPDATE seesaw_models SET payload = substr(payload, 1, 20)")
    assert (mtl.run(with_seeds(study, 3), store).transfer["n"] == 3).all()


def test_without_the_earlier_study_all_is_trained(store, bench):
    study = bench.study(20, methods=["equal"], seeds=2)
    later = with_seeds(study, 3)
    assert (mtl.run(later, store).transfer["n"] == 3).all()
    assert store.find(study) is None

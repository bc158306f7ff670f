"""The trainer: records, resume, waves, commands."""

import numpy as np
import pytest

from mtl_core.diagnostics.result import Result
from mtl_core.errors import CheckpointError, SpecError
from mtl_core.records import Record
from mtl_core.spec.methods import METHODS
from mtl_core.spec.study import Study
from mtl_core.training import recorder
from mtl_core.training.trainer import Trainer, train

ALL = [name for name, entry in METHODS.items() if entry.selectable]
STUDY = Study(steps=24, seeds=2, weights=3, methods=ALL, batch_size=16)


def finish(trainer: Trainer) -> list[Record]:
    records = []
    while not trainer.finished:
        records += trainer.advance()
    return records


def last_test(records: list[Record]) -> dict[int, np.ndarray]:
    return {run: row for r in records if "test" in r.arrays for run, row in zip(r.arrays["run"], r.arrays["test"], strict=True)}


def series(records: list[Record], kind: str, name: str) -> dict[tuple[int, int], bytes]:
    found = {}
    for record in records:
        if record.kind == kind:
            for place, step in enumerate(record.arrays["steps"]):
                for column, run in enumerate(record.arrays["run"]):
                    found[int(step), int(run)] = record.arrays[name][place, column].tobytes()
    return found


@pytest.fixture(scope="session")
def whole() -> list[Record]:
    """The study of all methods, trained once without an interruption."""
    return finish(Trainer(STUDY))


def test_records_tell_of_every_run_step_and_split(whole: list[Record]) -> None:
    runs = Trainer(STUDY).layout.runs
    every = {(step, run.index) for step in range(24) for run in runs}
    assert set(series(whole, "steps", "losses")) == every
    assert set(series(whole, "conflict", "cosine")) == {(step, run) for step, run in every if step % 5 == 0}
    evaluations = [record for record in whole if record.kind == "evaluation"]
    assert {record.step for record in evaluations} == set(range(25))
    assert {record.step for record in evaluations if "test" in record.arrays} == {24}
    (last, *more) = [record for record in whole if record.kind == "jackknife"]
    assert {record.step for record in (last, *more)} == {24}
    assert {int(run) for record in (last, *more) for run in record.arrays["run"]} == {run.index for run in runs}
    assert set(last_test(whole)) == {run.index for run in runs}


def test_resume_is_bit_identical_for_every_method(whole: list[Record]) -> None:
    first = Trainer(STUDY)
    records = [record for _ in range(11) for record in first.advance()] + first.flush()
    second = Trainer(STUDY, first.checkpoint())
    assert second.step == 11
    records += finish(second)
    for kind, name in (("steps", "losses"), ("steps", "weights"), ("steps", "update_norm"), ("conflict", "cosine")):
        assert series(records, kind, name) == series(whole, kind, name)
    expected, found = last_test(whole), last_test(records)
    assert all(np.array_equal(expected[run], found[run], equal_nan=True) for run in expected)


def test_waves_change_nothing(whole: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trainer, "_measure_runs_per_wave", lambda *_: 19)
    split = Trainer(STUDY)
    assert split.total == 24 * -(-len(split.layout.runs) // 19)
    for _ in range(30):
        split.advance()
    split.flush()
    payload = split.checkpoint()
    monkeypatch.setattr(Trainer, "_measure_runs_per_wave", lambda *_: 1000)
    resumed = Trainer(STUDY, payload)
    assert (resumed.step, resumed.total) == (30, split.total)
    expected = last_test(whole)
    for run, row in last_test(finish(resumed)).items():
        np.testing.assert_allclose(row, expected[run], atol=2e-2)


def test_ends_early_with_test_results() -> None:
    trainer = Trainer(STUDY)
    for _ in range(7):
        trainer.advance()
    concluded = [record for record in trainer.conclude() if record.kind == "jackknife"]
    assert {int(run) for record in concluded for run in record.arrays["run"]} == {run.index for run in trainer.layout.runs}


def test_weights_and_rates_change_while_training() -> None:
    study = Study(steps=10, seeds=1, weights=[[0.3, 0.7]], methods=["equal"], batch_size=16, evaluate_every=10)
    trainer = Trainer(study)
    trainer.advance()
    trainer.set_weights([0.9, 0.1], label="0.3 / 0.7")
    trainer.set_learning_rate(0.0, label="equal")
    trainer.advance()
    weights = {int(run): row for r in trainer.flush() if r.kind == "steps"
               for run, row in zip(r.arrays["run"], r.arrays["weights"][1], strict=True)}  # fmt: skip
    by_label = {run.label: weights[run.index].tolist() for run in trainer.layout.runs}
    assert by_label["0.3 / 0.7"] == pytest.approx([0.9, 0.1])
    assert by_label["equal"] == pytest.approx([0.5, 0.5])
    assert by_label["left alone"] == pytest.approx([1, np.nan], nan_ok=True)
    before = trainer.checkpoint()
    assert Trainer(study, before).step == 2


def test_what_is_changed_by_hand_is_reported_once_with_its_step() -> None:
    study = Study(steps=10, seeds=2, weights=[[0.3, 0.7]], methods=["equal"], batch_size=16, evaluate_every=10)
    trainer = Trainer(study)
    records = trainer.advance()
    trainer.set_weights([0.9, 0.1], label="0.3 / 0.7")
    trainer.set_learning_rate(0.5)
    records += trainer.flush()
    trainer = Trainer(study, trainer.checkpoint())
    while not trainer.finished:
        records += trainer.advance()
    table = Result(study, trainer.layout, records + trainer.flush()).changes
    assert set(table["step"]) == {1}
    labels = table["run"].map(lambda run: trainer.layout.runs[run].label)
    points = table[table["weight_left"].notna()]
    assert set(labels[points.index]) == {"0.3 / 0.7"}
    assert points[["weight_left", "weight_right"]].to_numpy().tolist() == [[0.9, 0.1]] * 2
    rates = table[table["learning_rate"].notna()]
    assert sorted(rates["run"]) == list(range(len(trainer.layout.runs))), "each run once"
    assert set(rates["learning_rate"]) == {0.5}


def test_a_long_run_is_thinned() -> None:
    records = list(
        train(Study(steps=1500, seeds=1, weights=[], batch_size=1, conflict_every=100, backbone={"name": "mlp", "width": 1}))
    )
    assert len(series(records, "steps", "losses")) == 500 * 3


def test_a_change_reaches_the_runs_of_later_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(steps=2, seeds=1, weights=[[0.3, 0.7]], methods=["equal"], batch_size=16)
    monkeypatch.setattr(Trainer, "_measure_runs_per_wave", lambda *_: 1)
    trainer = Trainer(study)
    trainer.advance()
    trainer.set_weights([0.9, 0.1], label="0.3 / 0.7")
    trainer.set_learning_rate(0.5, label="equal")
    trainer = Trainer(study, trainer.checkpoint())
    weights, rates, told = {}, {}, []
    while not trainer.finished:
        rates |= {run.label: float(rate) for c in trainer._cohorts for run, rate in zip(c.runs, c.rates, strict=True)}
        for record in (*trainer.advance(), *trainer.flush()):
            if record.kind == "steps":
                weights |= dict(zip(record.arrays["run"].tolist(), record.arrays["weights"][-1], strict=True))
            told += [(trainer.layout.runs[run].label, record.step) for run in record.arrays["run"] if record.kind == "change"]
    assert sorted(told) == [("0.3 / 0.7", 0), ("equal", 0)], "they begin with it"
    by_label = {run.label: weights[run.index].tolist() for run in trainer.layout.runs}
    assert by_label["0.3 / 0.7"] == pytest.approx([0.9, 0.1])
    assert by_label["right alone"] == pytest.approx([np.nan, 1], nan_ok=True)
    assert rates == pytest.approx({"left alone": 3e-3, "right alone": 3e-3, "equal": 0.5, "0.3 / 0.7": 3e-3})


@pytest.mark.parametrize("test_at", ["end", "best"])
@pytest.mark.parametrize("steps", [0, 4, 5])
def test_an_early_end_tells_nothing_twice(test_at: str, steps: int) -> None:
    study = Study(steps=20, seeds=1, weights=[], methods=["equal"], batch_size=16, evaluate_every=2, test_at=test_at)
    trainer = Trainer(study)
    records = [record for _ in range(steps) for record in trainer.advance()]
    result = Result(study, trainer.layout, [*records, *trainer.conclude()], "stopped")
    assert not result.curves.duplicated(["run", "step", "split", "task", "metric"]).any()
    assert result.scores.step.tolist() == [steps] * 3 or test_at == "best"
    trained = np.array([[True, False], [False, True], [True, True]])
    for split in (result.scores.validation, result.scores.test):
        assert (np.isfinite(split).all(axis=2) == trained).all()


def test_a_run_that_diverges_between_two_kept_steps_is_known_to_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "POINTS", 1)  # one step in twenty is kept
    study = Study(steps=20, seeds=1, weights=[], methods=["equal"], batch_size=16, evaluate_every=5, optimizer="sgd")
    trainer = Trainer(study)
    records = [record for _ in range(17) for record in trainer.advance()]
    trainer.set_learning_rate(1e30)
    result = Result(study, trainer.layout, records + finish(trainer), "finished")
    assert set(result.runs["status"]) == {"diverged"}
    assert (result.runs["diverged_step"] > 16).all()


def test_a_task_without_a_label_in_the_batch_has_no_batch_loss() -> None:
    study = Study(suite="digits_scarce", steps=10, seeds=1, weights=[], methods=["equal", "dwa", "pcgrad"], batch_size=2)
    trainer = Trainer(study)
    curves = Result(study, trainer.layout, finish(trainer)).curves
    batch = curves[curves["split"] == "batch"]
    scarce, plain = batch[batch["task"] == "digit"]["value"], batch[batch["task"] != "digit"]["value"]
    assert scarce.isna().any()
    assert (scarce.dropna() > 0).all()
    assert plain.notna().all()


def test_a_run_says_nothing_after_it_diverged() -> None:
    study = Study(suite="vitals", steps=40, seeds=2, weights=[], methods=["pcgrad"], optimizer="sgd", learning_rate=5.0)
    trainer = Trainer(study)
    result = Result(study, trainer.layout, finish(trainer))
    ends = result.runs.set_index("run")["diverged_step"]
    assert ends.notna().any()
    for table, value in (("curves", "value"), ("weights", "weight"), ("conflict", "cosine"), ("updates", "update_norm")):
        found = getattr(result, table)
        after = found["step"] > found["run"].map(ends.fillna(10**6))
        assert after.any()
        assert found.loc[after, value].isna().all()
        assert found.loc[found["step"] == 0, value].notna().any()


def test_memory_grows_with_what_a_network_has_in_hand() -> None:
    def numbers(**backbone: object) -> int:
        study = Study(suite="sprites", backbone=backbone, seeds=1, weights=[], batch_size=4)
        return Trainer(study)._example["hard"]

    assert 256 < numbers(name="mlp", width=32) < 1000
    # The first stage alone has 16 pictures of 16 by 16 after the convolution, its normalisation and the rectifier.
    wide = numbers(name="cnn", width=16)
    assert 3 * 16 * 16 * 16 < wide < 10 * 16 * 16 * 16
    assert numbers(name="cnn", width=32) == pytest.approx(2 * wide, rel=0.05)


@pytest.mark.parametrize("damage", [b"", b"nonsense", b'\x10\0\0\0\0\0\0\0{"__metadata__":'])
def test_a_damaged_checkpoint_says_so(damage: bytes) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        Trainer(STUDY, damage)


def test_a_checkpoint_of_another_study_says_so() -> None:
    with pytest.raises(CheckpointError, match="expected a checkpoint of study"):
        Trainer(Study(steps=3, seeds=1, weights=[]), Trainer(STUDY).checkpoint())


def test_a_batch_larger_than_the_data_is_refused() -> None:
    with pytest.raises(SpecError, match="batch_size must be at most"):
        Trainer(Study(suite="vitals", batch_size=2048))


def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(SpecError, match="device must be auto or one of"):
        Trainer(Study(device="cuda:77"))

"""What the built-in suites are known to show, with five paired seeds and the study's default settings."""

import pytest

import mtl_core as mtl


def verdicts(suite: object) -> dict[str, str]:
    """The verdict on every task's headline metric under equal weights."""
    result = mtl.run(mtl.Study(suite=suite, weights=[]))
    headline = {task.name: task.headline for task in result.layout.tasks}
    table = result.transfer
    rows = table[(table["label"] == "equal") & (table["metric"] == table["task"].map(headline))]
    assert (rows["n"] == 5).all()
    signs = {"negative": rows["high"] < 0, "positive": rows["low"] > 0}
    for word, sign in signs.items():
        assert ((rows["verdict"] == word) == sign).all(), "the verdict follows from the interval alone"
    return dict(zip(rows["task"], rows["verdict"], strict=True))


def test_two_digits_on_one_picture_hurt_each_other() -> None:
    assert verdicts("digits_pair") == {"left": "negative", "right": "negative"}


def test_two_digits_oppose_each_other_once_batch_noise_is_gone() -> None:
    """In batches of 64 the noise of two independent gradients hides the angle; over the whole train split it shows."""
    shares = {}
    for batch in (64, 1200):
        result = mtl.run(mtl.Study(weights=[], batch_size=batch, conflict_every=2))
        table = result.conflict.merge(result.runs[["run", "label"]], on="run")
        shares[batch] = (table.loc[(table["label"] == "equal") & (table["layer"] == "all"), "cosine"] < 0).mean()
    assert 0.4 < shares[64] < 0.6
    assert shares[1200] > 0.65


def test_tasks_in_one_subspace_help_each_other() -> None:
    found = list(verdicts({"name": "subspace", "shared_tasks": 8}).values())
    assert found.count("positive") >= 7
    assert "negative" not in found


def test_tasks_in_subspaces_of_their_own_hurt_each_other() -> None:
    found = list(verdicts({"name": "subspace", "shared_tasks": 0}).values())
    assert found.count("negative") >= 5
    assert "positive" not in found


def test_a_scarce_task_gains_from_the_others() -> None:
    assert verdicts("digits_scarce")["digit"] == "positive"


def test_vitals_are_an_honest_null() -> None:
    found = list(verdicts("vitals").values())
    assert found.count("unclear") > len(found) / 2


def test_a_corner_of_the_map_is_the_baseline() -> None:
    result = mtl.run(mtl.Study(weights=3, seeds=2, steps=30, methods=["equal"]))
    assert set(result.runs["label"]) == {"left alone", "right alone", "equal"}
    weights = result.weights[result.weights["run"] == 0].groupby("task", observed=True)["weight"].agg(["min", "max"])
    assert weights.loc["left"].tolist() == pytest.approx([1, 1])
    assert weights.loc["right"].tolist() == pytest.approx([0, 0])

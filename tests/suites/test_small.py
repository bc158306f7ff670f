"""What is planted in each of the small suites is there."""

import numpy as np
import numpy.typing as npt
import pytest

from mtl_core.errors import SpecError
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.clusters import PAIRS
from mtl_core.suites.planted import NOISE
from mtl_core.suites.regions import quadrant
from mtl_core.suites.relatedness import weight_vectors

Array = npt.NDArray[np.float64]


def known(suite: Suite) -> tuple[Array, Array]:
    """Inputs and targets ``(N, T)`` of the two splits without added noise."""
    both = (suite.validation, suite.test)
    targets = np.concatenate([np.stack(split.targets, axis=1) for split in both])
    return np.concatenate([split.inputs for split in both]).astype(float), targets.astype(float)


def slopes(inputs: Array, targets: Array) -> Array:
    """The best linear reading of each target, each of length one: ``(D, T)``."""
    free = np.column_stack((inputs, np.ones(len(inputs))))
    found = np.asarray(np.linalg.lstsq(free, targets, rcond=None)[0][:-1])
    return np.asarray(found / np.linalg.norm(found, axis=0))


def unexplained(target: Array, *columns: Array) -> float:
    """The share of a target's variance that is no linear function of the columns."""
    table = np.column_stack((*columns, np.ones(len(target))))
    left = target - table @ np.linalg.lstsq(table, target, rcond=None)[0]
    return float(left.var() / target.var())


def test_the_main_task_of_hint_is_the_product_of_its_helpers() -> None:
    inputs, (main, first, second) = (part if place == 0 else part.T for place, part in enumerate(known(load_suite("hint"))))
    assert unexplained(main, first, second, first * second) < 1e-9
    assert unexplained(first, inputs) < 1e-9
    assert unexplained(main, inputs) > 0.9, "a product has no linear trace in its factors"
    assert abs(slopes(inputs, first[:, None]).T @ slopes(inputs, second[:, None])) < 1e-3


def test_the_labels_of_hint_are_an_option_of_the_main_task_alone() -> None:
    few, many = load_suite("hint").train, load_suite({"name": "hint", "labels": 200}).train
    assert few.observed.sum(axis=0).tolist() == [80, 400, 400]
    assert many.observed.sum(axis=0).tolist() == [200, 400, 400]
    assert (many.observed | ~few.observed).all(), "more labels are the same ones and others"
    np.testing.assert_array_equal(few.inputs, many.inputs)
    with pytest.raises(SpecError, match="labels must be between 20 and 400"):
        load_suite({"name": "hint", "labels": 0})


def test_training_targets_have_noise() -> None:
    train = load_suite("hint").train
    left = unexplained(train.targets[1].astype(float), train.inputs.astype(float))
    assert left == pytest.approx(NOISE**2 / (1 + NOISE**2), rel=0.25)


def test_the_pairs_of_clusters_have_no_direction_in_common() -> None:
    inputs, targets = known(load_suite("clusters"))
    read = slopes(inputs, targets)
    assert PAIRS == (0, 0, 1, 1)
    assert np.abs(read[:, :2].T @ read[:, 2:]).max() < 0.1
    # Inside the two directions of its pair a task is a function of two numbers; inside the others' it is nothing at all.
    for pair in (0, 1):
        z = inputs @ np.linalg.qr(read[:, 2 * pair : 2 * pair + 2])[0]
        powers = [z[:, 0] ** i * z[:, 1] ** j for i in range(6) for j in range(6 - i)]
        for task, of in enumerate(PAIRS):
            share = unexplained(targets[:, task], *powers)
            assert share < 0.1 if of == pair else share > 0.9


def test_gain_is_one_function_until_units_are_turned_off() -> None:
    alike, apart = (known(load_suite({"name": "gain", "off": off}))[1] for off in (0, 6))
    assert np.corrcoef(alike.T).min() > 1 - 1e-9
    pairs = np.abs(np.corrcoef(apart.T))[np.triu_indices(8, 1)]
    assert pairs.max() < 0.999
    assert np.median(pairs) < 0.7


def test_every_quadrant_of_regions_has_directions_of_its_own_that_tasks_share() -> None:
    suite = load_suite("regions")
    inputs, targets = known(suite)
    regions = quadrant(inputs)
    assert np.bincount(quadrant(suite.train.inputs), minlength=4).min() > 150
    np.testing.assert_array_equal(quadrant(np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])), range(4))
    read = [slopes(inputs[regions == place], targets[regions == place]) for place in range(4)]
    for own in read:
        values = np.linalg.svd(own, compute_uv=False)
        assert values[2] < 0.3 * values[1], "three tasks, two directions"
    together = np.linalg.svd(np.concatenate(read, axis=1), compute_uv=False)
    assert together[3] > 0.3 * together[0], "more directions than one quadrant has"


def test_the_upper_task_of_chain_is_the_lower_one_times_a_function_of_the_input() -> None:
    inputs, targets = known(load_suite("chain"))
    lower, upper = targets.T
    third = inputs @ slopes(inputs, (lower * upper)[:, None])[:, 0]
    factor = np.tanh(2 * third)
    assert unexplained(upper, factor, lower * factor) < 0.1
    assert unexplained(upper, inputs, lower) > 0.7, "a sum of the two does not do it"


def test_domains_ask_one_question_of_examples_that_lie_apart() -> None:
    near, far = load_suite({"name": "domains", "offset": 0}), load_suite({"name": "domains", "offset": 3})
    assert near.train.inputs.shape == (80, 6, 20)
    for here, there in zip(near.test.targets, far.test.targets, strict=True):
        np.testing.assert_array_equal(here, there)
    centres = [suite.test.inputs.mean(axis=0) for suite in (near, far)]
    assert np.abs(centres[0]).max() < 0.25
    assert np.linalg.norm(centres[1][0] - centres[1][1]) > 3
    # The same reading serves every domain, once the offset is gone.
    reading = slopes(near.test.inputs[:, 0].astype(float), near.test.targets[0][:, None].astype(float))[:, 0]
    hits = [((near.test.inputs[:, task] @ reading > 0) == near.test.targets[task]).mean() for task in range(6)]
    assert min(hits) > 0.8
    assert max(hits) - min(hits) < 0.06


def test_offsets_of_domains_say_nothing_of_the_answer() -> None:
    suite = load_suite({"name": "domains", "offset": 5})
    shares = [target.mean() for target in suite.test.targets]
    assert max(shares) - min(shares) < 0.08


def test_the_newcomer_has_ten_labels_half_of_either_class() -> None:
    train = load_suite("domains").train
    assert train.observed.sum(axis=0).tolist() == [80] * 5 + [10]
    assert train.targets[-1][train.observed[:, -1]].sum() == 5


def test_one_task_of_domains_keeps_its_own_examples() -> None:
    whole, one = load_suite("domains"), load_suite("domains", "domain_3")
    assert one.per_task
    np.testing.assert_array_equal(one.test.inputs, whole.test.inputs[:, [2]])
    np.testing.assert_array_equal(one.test.targets[0], whole.test.targets[2])


@pytest.mark.parametrize("p", [-1, -0.3, 0, 0.5, 1])
def test_p_is_the_cosine_of_the_weight_vectors(p: float) -> None:
    orthonormal = np.linalg.qr(np.random.default_rng(0).standard_normal((100, 2)))[0]
    first, second = weight_vectors(orthonormal, p, 1.7).T
    assert np.linalg.norm(first) == pytest.approx(1.7)
    assert np.linalg.norm(second) == pytest.approx(1.7)
    assert first @ second / 1.7**2 == pytest.approx(p)
    read = slopes(*known(load_suite({"name": "relatedness", "p": p, "sines": 0})))
    assert read[:, 0] @ read[:, 1] == pytest.approx(p, abs=0.02)


def test_relatedness_is_the_formula_of_the_paper() -> None:
    """The direction is read from the data without sines; the waves along it are then those of the paper, with its noise."""
    line, waves = (load_suite({"name": "relatedness", "p": 1, "sines": m}) for m in (0, 3))
    inputs, straight = known(line)
    along = inputs @ slopes(inputs, straight)[:, 0]
    clean = along + np.sin(along) + np.sin(2 * along + 1) + np.sin(3 * along + 4)
    for target in known(waves)[1].T:
        assert unexplained(target, clean) == pytest.approx(0.01 / (clean.var() + 0.01), rel=0.3)
    for split in (line.train, line.test):
        assert np.std(split.targets[0] - split.targets[1]) == pytest.approx(0.1 * np.sqrt(2 / 1.01), rel=0.1)


def test_a_draw_of_relatedness_is_other_data_and_p_is_not() -> None:
    base, other_p, other_draw = (load_suite({"name": "relatedness"} | more) for more in ({}, {"p": 0}, {"draw": 1}))
    np.testing.assert_array_equal(base.train.inputs, other_p.train.inputs)
    np.testing.assert_array_equal(base.test.targets[0], other_p.test.targets[0])
    assert not np.array_equal(base.test.targets[1], other_p.test.targets[1])
    assert not np.array_equal(base.train.inputs, other_draw.train.inputs)

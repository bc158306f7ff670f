"""Fixed weights and the two doors for single use."""

import subprocess
import sys

import pytest
import torch

from mtl_core.balancing import direction, weights
from mtl_core.balancing.fixed import Fixed
from mtl_core.errors import SpecError
from mtl_core.spec import Study


def test_equal_is_the_centre_and_points_stand_in_the_state(signals):
    losses = torch.ones(3, 2)
    assert Fixed().init(losses)["weights"].tolist() == [[0.5, 0.5]] * 3
    assert Fixed([0.25, 0.75]).init(losses)["weights"].tolist() == [[0.25, 0.75]] * 3
    points = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    state = Fixed(points).init(losses)
    update, after = Fixed(points)(signals(torch.ones(3, 2, 4)), state)
    assert torch.equal(update.weights, points)
    moved = Fixed(points).set(state, range(3), points.flip(0))
    assert torch.equal(Fixed()(signals(torch.ones(3, 2, 4)), moved)[0].weights, points.flip(0))
    assert torch.equal(Fixed().set(state, [1], points[0])["weights"], points[[0, 0, 2]])
    assert after.keys() == state.keys()


@pytest.mark.parametrize("point", [[0.5, 0.6], [-0.1, 1.1], [float("nan"), 1.0], ["a", "b"], [[[1.0]]]])
def test_points_off_the_simplex_are_refused(point):
    with pytest.raises(SpecError, match="fixed weights"):
        Fixed(point)


def test_points_of_another_shape_are_refused():
    with pytest.raises(SpecError, match="shape"):
        Fixed([0.5, 0.5]).init(torch.ones(1, 3))


def test_a_study_asks_for_fixed_weights_as_points():
    with pytest.raises(SpecError, match="weights="):
        Study(methods=["fixed"])


def test_doors_take_one_run_or_many():
    jacobian = torch.tensor([[-4.0, 1, 1], [6, 1, 1]])
    gramian = jacobian @ jacobian.T
    assert weights("mgda", gramian).shape == (2,)
    assert weights("mgda", gramian.expand(5, 2, 2)).shape == (5, 2)
    assert direction("graddrop", jacobian).shape == (3,)
    assert direction("graddrop", jacobian.expand(5, 2, 3)).shape == (5, 3)
    assert weights("fixed", [[1, 0], [0, 1]], weights=[0.3, 0.7]).tolist() == pytest.approx([0.3, 0.7])
    assert weights("uw", gramian, losses=[1.0, 2.0]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weights("pcgard", torch.eye(2)), "did you mean 'pcgrad'"),
        (lambda: weights("mgda", torch.eye(2), normalization="l2"), "did you mean 'normalisation'"),
        (lambda: weights("mgda", torch.eye(2), normalisation="l3"), "Known: none, l2"),
        (lambda: weights("mgda", torch.ones(2, 3)), r"\(R, T, T\)"),
        (lambda: weights("mgda", torch.ones(2)), r"\(R, T, T\)"),
        (lambda: weights("mgda", "gramian"), "must be numbers"),
        (lambda: weights("mgda", torch.tensor([[1.0, float("nan")], [0, 1]])), "must be finite"),
        (lambda: weights("mgda", torch.eye(2), losses=[1.0, float("inf")]), "must be finite"),
        (lambda: weights("mgda", torch.eye(2), losses=[1.0, 2.0, 3.0]), "losses must have shape"),
        (lambda: weights("graddrop", torch.eye(2)), "call direction"),
        (lambda: direction("mgda", torch.ones(3)), r"\(R, T, P\)"),
        (lambda: direction("mgda", torch.ones(2, 0)), "at least one"),
        (lambda: weights("nash_mtl", torch.eye(2), update_every=0), "between 1 and 1000"),
    ],
)
def test_bad_input_is_a_clear_error(call, message):
    with pytest.raises(SpecError, match=message):
        call()


def test_importing_the_room_leaves_torch_alone():
    code = "import sys, mtl_core.balancing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

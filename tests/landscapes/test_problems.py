"""The landscapes: values, gradients, Pareto sets and distances that are known."""

import numpy as np
import pytest
import torch
from scipy.optimize import approx_fprime, minimize

from mtl_core.errors import SpecError
from mtl_core.landscapes import PROBLEMS, ConcaveFront, PCGradValley, Problem, Quadratics, Valley

GOLDEN = [
    ((0.0, -8.3552), (-15.0916, -15.0916)),
    ((7.0, -8.3552), (-19.9893, -0.3986)),
    ((-8.5, 7.5), (6.5524, 7.9008)),
    ((-8.5, -5.0), (4.0599, -19.4215)),
    ((9.0, 9.0), (7.9439, 6.6915)),
    ((0.0, 0.0), (0.0, 0.0)),
]
EVERY = [Valley(), Valley(0.1), PCGradValley(), ConcaveFront(), ConcaveFront(3, 0.5), Quadratics(), Quadratics(scale=2)]


def points(*rows: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def scattered(problem: Problem, count: int = 40) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    spread = 4 / problem.dimensions**0.5
    return spread * torch.randn(count, problem.dimensions, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("place", "losses"), GOLDEN)
def test_the_valley_has_the_values_of_the_papers(place: tuple[float, float], losses: tuple[float, float]) -> None:
    assert Valley().losses(points(place))[0].tolist() == pytest.approx(losses, abs=5e-5)
    assert Valley(0.1).losses(points(place))[0].tolist() == pytest.approx((0.1 * losses[0], losses[1]), abs=5e-5)


def test_the_valley_is_the_formula_of_the_papers() -> None:
    x = scattered(Valley())
    x1, x2 = x.unbind(1)
    f1 = ((0.5 * (-x1 - 7) - torch.tanh(-x2)).abs().clamp(min=5e-6)).log() + 6
    f2 = ((0.5 * (-x1 + 3) + torch.tanh(-x2) + 2).abs().clamp(min=5e-6)).log() + 6
    c1, c2 = torch.tanh(0.5 * x2).clamp(min=0), torch.tanh(-0.5 * x2).clamp(min=0)
    s1 = ((-x1 + 7) ** 2 + 0.1 * (-x2 - 8) ** 2) / 10 - 20
    s2 = ((-x1 - 7) ** 2 + 0.1 * (-x2 - 8) ** 2) / 10 - 20
    torch.testing.assert_close(Valley().losses(x), torch.stack((f1 * c1 + s1 * c2, f2 * c1 + s2 * c2), 1))


def test_pcgrads_valley_has_its_values() -> None:
    a, b = 0.5, -3.0
    first, second = 20 * np.log(abs(0.5 * a + np.tanh(b))), 25 * np.log(abs(0.5 * a - np.tanh(b) + 2))
    assert PCGradValley().losses(points((a, b)))[0].tolist() == pytest.approx((first, second))
    least = PCGradValley().losses(points((-2.0, 20.0)))[0]
    assert least.tolist() == pytest.approx((20 * np.log(5e-6), 25 * np.log(5e-6)))


@pytest.mark.parametrize("problem", EVERY)
def test_no_loss_is_below_its_least_and_each_comes_near_it(problem: Problem) -> None:
    everywhere = torch.cat((scattered(problem, 2000), problem.pareto_set(101)))
    excess = problem.excess(problem.losses(everywhere))
    assert (excess >= -1e-12).all()
    assert (excess.amin(0) < 0.011).all()


def test_the_concave_front_is_the_formula_of_the_paper() -> None:
    x = scattered(ConcaveFront())
    corner = 1 / np.sqrt(20)
    expected = [1 - torch.exp(-((x - side * corner) ** 2).sum(1)) for side in (1, -1)]
    torch.testing.assert_close(ConcaveFront().losses(x), torch.stack(expected, 1))


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: f"{type(problem).__name__}-{problem.scale}")
def test_task_gradients_agree_with_finite_differences(problem: Problem) -> None:
    x = scattered(problem, 10)
    losses, jacobian = problem.gradients(x)
    assert losses.shape == (10, 2)
    assert jacobian.shape == (10, 2, problem.dimensions)
    for row, gradients in zip(x.numpy(), jacobian.numpy(), strict=True):
        for task in (0, 1):
            numeric = approx_fprime(row, lambda point, task=task: float(problem.losses(torch.from_numpy(point))[task]), 1e-7)
            np.testing.assert_allclose(gradients[task], numeric, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("problem", [Valley(), Valley(0.1), ConcaveFront(), ConcaveFront(2), Quadratics()])
def test_gradients_oppose_each_other_on_the_pareto_set(problem: Problem) -> None:
    inside = problem.pareto_set(101)[1:-1]
    jacobian = problem.gradients(inside)[1]
    cosine = torch.nn.functional.cosine_similarity(jacobian[:, 0], jacobian[:, 1], dim=1)
    torch.testing.assert_close(cosine, -torch.ones_like(cosine), atol=1e-6, rtol=0)
    losses = problem.losses(inside)
    assert bool((losses[1:, 0] > losses[:-1, 0]).all()), "from the first task's end"
    assert bool((losses[1:, 1] < losses[:-1, 1]).all())


def test_no_scattered_point_beats_the_front() -> None:
    for problem in EVERY:
        front, others = problem.losses(problem.pareto_set(201)), problem.losses(scattered(problem, 2000))
        beaten = (others[:, None] < front[None] - 1e-9).all(-1).any()
        assert not bool(beaten), type(problem).__name__


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: type(problem).__name__)
def test_the_distance_is_zero_on_the_front_and_that_of_the_nearest_point_elsewhere(problem: Problem) -> None:
    assert float(problem.distance_to_front(problem.pareto_set(57)).max()) < 1e-8
    x = scattered(problem)
    fine = problem.pareto_set(20_001)
    if isinstance(problem, PCGradValley):
        x = x[x[:, 1] < 7]  # its front is endless, and only the beginning is listed
    nearest = torch.cdist(x, fine).amin(1)
    distance = problem.distance_to_front(x)
    assert bool((distance <= nearest + 1e-9).all())
    torch.testing.assert_close(distance, nearest, atol=1e-5, rtol=0)


def test_the_front_of_quadratics_is_where_weighted_sums_are_least() -> None:
    problem = Quadratics()
    for weight in (0.0, 0.2, 0.5, 0.9, 1.0):

        def mean(x: np.ndarray, weight: float = weight) -> float:
            first, second = problem.losses(torch.from_numpy(x)).tolist()
            return weight * first + (1 - weight) * second

        least = minimize(mean, np.zeros(2), tol=1e-12).x
        np.testing.assert_allclose(problem.optimum(torch.tensor(weight, dtype=torch.float64)), least, atol=1e-5)


def test_quadratics_take_any_bowls_and_refuse_what_is_none() -> None:
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(2, 5, 5, generator=generator, dtype=torch.float64)
    matrices = root @ root.mT + torch.eye(5)
    optima = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    problem = Quadratics((matrices + matrices.mT) / 2, optima)
    assert float(problem.distance_to_front(optima).max()) < 1e-8
    torch.testing.assert_close(problem.pareto_set(2), optima)
    with pytest.raises(SpecError, match="shape"):
        Quadratics(matrices, optima[:, :3])
    with pytest.raises(SpecError, match="positive definite"):
        Quadratics(-matrices, optima)


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: type(problem).__name__)
def test_the_picture_shows_what_the_losses_depend_on(problem: Problem) -> None:
    plane = points((0.5, 0.3), (-1.0, 0.7), (0.1, 2.0))
    torch.testing.assert_close(problem.view(problem.place(plane)), plane)
    x = scattered(problem)
    torch.testing.assert_close(problem.losses(problem.place(problem.view(x))), problem.losses(x))
    step = 1e-6 * scattered(problem, 80)[40:]
    moved = problem.view(x + step) - problem.view(x)
    torch.testing.assert_close(problem.view_of_step(x, step), moved, atol=1e-10, rtol=1e-4)


def test_every_line_of_the_table_is_whole() -> None:
    for entry in PROBLEMS.values():
        problem = entry.load()(scale=0.5)
        assert isinstance(problem, Problem)
        assert problem.scale == 0.5
        assert problem.dimensions == entry.dimensions
        assert entry.settings
        for setting in entry.settings:
            assert all(len(start) == entry.dimensions for start in setting.starts)
            view = problem.view(torch.tensor(setting.starts, dtype=torch.float64))
            low, high = (torch.tensor(corner, dtype=torch.float64) for corner in entry.window)
            assert bool(((view >= low) & (view <= high)).all())

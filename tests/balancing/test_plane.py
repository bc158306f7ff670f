"""What pictures of the gradients' plane show is what the methods answer."""

import numpy as np
import pytest
import torch

from mtl_core.balancing import direction, weights
from mtl_core.balancing.plane import ALONG, DRAWS, LENGTHS, LOSSES, PLACES, plane
from mtl_core.errors import SpecError
from mtl_core.spec import METHODS

BY_LOT = {"rlw", "graddrop"}
PICK = np.random.default_rng(3).integers([0, 0, 0], [len(LENGTHS), len(PLACES), len(PLACES)], (40, 3))


@pytest.mark.parametrize("name", [name for name in METHODS if name not in BY_LOT])
def test_it_is_what_the_method_answers(name: str) -> None:
    made = plane(name)["made"]
    assert len(made) == 1
    options = {"weights": (0.3, 0.7)} if name == "fixed" else {}
    if METHODS[name].signals == "losses":
        losses = torch.tensor([[LOSSES[one], LOSSES[two]] for one, two in PICK[:, :2] % len(LOSSES)])
        asked = weights(name, torch.eye(2, dtype=torch.float64).expand(len(PICK), 2, 2), losses, **options)
        shown = made[0][tuple((PICK[:, :2] % len(LOSSES)).T)]
    else:
        arrows = [[[LENGTHS[one] * part for part in ALONG], [PLACES[across], PLACES[up]]] for one, across, up in PICK]
        asked = -direction(name, -torch.tensor(arrows, dtype=torch.float64))
        shown = made[0][PICK[:, 0], PICK[:, 2], PICK[:, 1]]
    assert shown == pytest.approx(asked.numpy(), abs=1e-5)


def test_what_is_drawn_by_lot_is_drawn_more_than_once() -> None:
    made = plane("graddrop")["made"]
    assert len(made) == len(plane("rlw")["made"]) == DRAWS
    agree = np.argwhere(PLACES > 0)
    one = made[:, 4][:, agree, agree.T]
    arrow = LENGTHS[4] * np.array(ALONG) + np.stack(np.meshgrid(PLACES[agree], PLACES[agree]), -1)
    assert one == pytest.approx(np.broadcast_to(arrow, one.shape), abs=1e-5), "nothing is dropped where both push one way"
    assert np.abs(np.diff(made, axis=0)).max() > 0.1


def test_a_method_that_remembers_goes_on() -> None:
    first, later, solved = plane("modo"), plane("modo", 60), plane("mgda")
    assert first["remembers"]
    assert not solved["remembers"]
    place = np.s_[0, 6, 23, 4]  # gradients that conflict: with weights that have come to rest it takes the step of MGDA
    assert np.linalg.norm(later["made"][place] - solved["made"][place]) < 0.001
    assert np.linalg.norm(first["made"][place] - solved["made"][place]) > 0.1


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(SpecError, match="unknown method"):
        plane("nobody")

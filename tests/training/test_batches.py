"""Which examples a run sees."""

import torch

from mtl_core.training.batches import Batches

CPU = torch.device("cpu")


def test_every_epoch_sees_every_example_once() -> None:
    batches = Batches([7], rows=100, size=30, device=CPU)
    seen = torch.cat([batches.at(step)[0] for step in range(10)])  # 300 places are three epochs
    for epoch in seen.split(100):
        assert epoch.sort().values.tolist() == list(range(100))
    assert not torch.equal(seen[:100], seen[100:200])


def test_a_seed_fixes_the_order_whatever_the_cohort_and_wherever_it_resumes() -> None:
    alone = Batches([3], 64, 10, CPU)
    among = Batches([9, 3, 1, 3], 64, 10, CPU)
    for step in range(20):
        rows = among.at(step)
        assert torch.equal(rows[1], alone.at(step)[0])
        assert torch.equal(rows[1], rows[3])
        assert not torch.equal(rows[0], rows[1])
    assert torch.equal(Batches([3], 64, 10, CPU).at(17), alone.at(17))


def test_a_batch_may_span_many_short_epochs() -> None:
    assert Batches([0], rows=3, size=3, device=CPU).at(5).sort().values.tolist() == [[0, 1, 2]]

"""Random numbers as a function of seed, purpose and index."""

import torch
from scipy import stats

from mtl_core.random import Purpose, Streams


def test_uniform_numbers_look_uniform_and_streams_independent() -> None:
    draws = Streams.of(range(20)).at(3).uniform(5000)
    assert all(stats.kstest(row.numpy(), "uniform").pvalue > 1e-4 for row in draws)
    correlation = torch.corrcoef(torch.cat([draws, Streams.of(range(20)).at(4).uniform(5000)]))
    assert (correlation - torch.eye(40)).abs().max() < 0.07


def test_normal_numbers_look_normal() -> None:
    assert stats.kstest(Streams.of([1]).normal(20_000)[0].numpy(), "norm").pvalue > 1e-4


def test_a_stream_depends_on_its_seed_alone() -> None:
    assert torch.equal(Streams.of([5, 9, 5]).uniform(4)[0], Streams.of([5]).uniform(4)[0])
    assert not torch.equal(Streams.of([5]).uniform(4), Streams.of([6]).uniform(4))
    assert not torch.equal(Streams.of([5]).at(0).uniform(4), Streams.of([5]).at(1).uniform(4))


def test_every_order_comes_up() -> None:
    orders = Streams.of(range(600)).permutations(3)
    counts = torch.unique(orders, dim=0, return_counts=True)[1]
    assert len(counts) == 6
    assert stats.chisquare(counts.numpy()).pvalue > 1e-4


def test_purposes_keep_their_numbers_and_their_draws() -> None:
    """Another number for a purpose would train every stored study differently."""
    assert {purpose.name: int(purpose) for purpose in Purpose} == {
        "INITIAL_VALUES": 1,
        "BATCHES": 2,
        "BALANCE": 3,
        "SECOND_BATCH": 4,
        "LANDSCAPE": 7,
        "SHARING": 8,
        "PRETRAINING": 16,
    }
    streams = Streams.of([0, 11])
    for purpose in Purpose:
        assert torch.equal(streams.at(purpose).uniform(3), streams.at(int(purpose)).uniform(3))
    draws = torch.stack([streams.at(purpose).uniform(1000) for purpose in Purpose]).flatten(0, 1)
    assert (torch.corrcoef(draws) - torch.eye(len(draws))).abs().max() < 0.15

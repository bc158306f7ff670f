"""Which examples a run sees."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.training.batches import Batches
from mtl_core.training.built import loaded
from mtl_core.training.sources import Source

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


def test_an_epoch_has_a_fixed_number_of_each_source_and_goes_through_each_in_turn() -> None:
    few, many = torch.arange(10, 20), torch.tensor([*range(10), *range(20, 40)])
    batches = Batches([3, 5], 40, 8, CPU, sources=(Source(few, 20), Source(many, 20)))
    seen = torch.cat([batches.at(step) for step in range(15)], dim=1)  # three epochs of 40
    for run in seen.tolist():
        counts = [torch.bincount(torch.tensor(run[start : start + 40]), minlength=40) for start in (0, 40, 80)]
        assert all((count[few] == 2).all() for count in counts), "twice each in an epoch, for 20 are two rounds"
        assert all(count[many].sum() == 20 and count[many].max() == 1 for count in (counts[0], counts[2]))
        assert (sum(counts)[many] == 2).all(), "three epochs are two rounds"
    assert not torch.equal(seen[0], seen[1])
    again = Batches([9, 5], 40, 8, CPU, sources=(Source(few, 20), Source(many, 20)))
    assert torch.equal(again.at(13)[1], seen[1, 13 * 8 : 14 * 8]), "neither a resumed run nor another cohort sees others"


@pytest.mark.parametrize(
    ("sampling", "asks"), [("equal", 1 / 2), ({"name": "temperature", "temperature": 2}, 2**0.5 / (1 + 2**0.5))]
)
def test_rows_that_ask_are_seen_as_often_as_was_chosen(sampling: object, asks: float) -> None:
    study = mtl.Study(suite={"name": "phrases", "utterances": 40}, sampling=sampling, batch_size=30)
    suite, data, _ = loaded(study, CPU, ())
    drawn = Batches([0], len(suite.train), 30, CPU, sources=data.sources)
    rows = torch.cat([drawn.at(step)[0] for step in range(40)])
    assert suite.train.observed[rows.numpy(), 2].mean() == pytest.approx(asks, abs=0.01)
    assert suite.train.observed[:, 2].mean() == pytest.approx(2 / 3, abs=0.01)


def test_sources_of_a_suite_are_what_its_line_says(real_data: object) -> None:
    for entry in (entry for entry in mtl.SUITES.values() if entry.sources):
        suite = mtl.load_suite(entry.name)
        names = [task.name for task in suite.tasks]
        assert sorted(task for source in entry.sources for task in source) == sorted(names)
        for split in (suite.train, suite.validation, suite.test):
            of = [split.observed[:, [names.index(task) for task in source]] for source in entry.sources]
            assert sum(each.any(axis=1).astype(int) for each in of).tolist() == [1] * len(split)
            assert all((each.all(axis=1) == each.any(axis=1)).all() for each in of)


@pytest.mark.parametrize(("suite", "tasks"), [("vitals", None), ("phrases", ["intent", "slots"]), ("domains", None)])
def test_a_choice_between_sources_needs_two(suite: str, tasks: list[str] | None) -> None:
    with pytest.raises(SpecError, match="such as phrases"):
        mtl.Study(suite=suite, tasks=tasks, sampling="equal")


def test_the_usual_choice_is_no_part_of_a_study_and_another_is() -> None:
    usual = mtl.Study(suite="phrases")
    given = usual.to_dict()
    del given["sampling"]
    assert mtl.Study.from_dict(given).id == usual.id == mtl.Study(suite="phrases", sampling="proportional").id
    assert mtl.Study(suite="phrases", sampling="equal").id != usual.id
    assert loaded(usual, CPU, ())[1].sources == ()

"""Learning to branch: the tree on trial and the tree that was found."""

import pytest
import torch
import torch.nn.functional as F

from mtl_core.models.model import Model, Pass
from tests.models.searched import (
    OPTIONS,
    STREAMS,
    Values,
    answered,
    built,
    examples,
    gradients,
    headed,
    same,
    stirred,
    training,
)


def trees(model: Model, values: Values) -> list[torch.Tensor]:
    return [values[f"parent.{place}.0.value"] for place in range(len(model.rows))]


def test_the_warm_up_is_a_network_for_each_task_and_nothing_of_it_draws() -> None:
    model, alone = built("ltb"), built("single_task")
    first = model.initialise(STREAMS)
    renamed = {name.replace("column", "node"): value for name, value in alone.initialise(STREAMS).items()}
    first |= {name: value + 0.1 for name, value in renamed.items()}
    expected = answered(alone, {name.replace("node", "column"): value for name, value in first.items()}, examples(6))
    assert same(answered(model, first, examples(6), training(0)), expected)
    assert model.turns == (5, 50)


def test_edges_are_soft_draws_whose_rows_sum_to_one() -> None:
    """Public code sums all parents in its warm-up, so that activations grow T-fold a stage: here equal columns stay as they
    are, whatever the draw."""
    model, plain = built("ltb"), built("hard")
    values = model.initialise(STREAMS)
    model.turn(model.turns[0], values, STREAMS, torch.zeros(3, 3, 3))
    assert not any(each.any() for each in trees(model, values))
    for step in (5, 30, 49):
        one, other = (
            answered(model, values, examples(6), training(step)),
            answered(plain, plain.initialise(STREAMS), examples(6)),
        )
        for a, b in zip(one.tasks, other.tasks, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_mixed_parents_against_a_loop() -> None:
    model = built("ltb")
    values = stirred(model.initialise(STREAMS))
    for each in trees(model, values):
        each.normal_(generator=torch.Generator().manual_seed(3))
    x = examples(6)
    outputs = answered(model, values, x)
    for run in range(3):
        edges = [torch.softmax(each[run], dim=1) for each in trees(model, values)]
        below = [x[run].flatten(1)] * 3
        for place in range(3):
            after = []
            for node in range(3):
                h = below[node] if place == 0 else sum(edges[place - 1][node, k] * below[k] for k in range(3))
                spot = f"node.{place}.{0 if place else 1}"
                after.append(torch.relu(h @ values[f"{spot}.weight"][run, node] + values[f"{spot}.bias"][run, node]))
            below = after
        for task in range(3):
            h = sum(edges[2][task, k] * below[k] for k in range(3))
            torch.testing.assert_close(outputs.tasks[task][run], headed(model, values, run, task, h), rtol=1e-4, atol=1e-5)
        # The FLOPs in use: every set of choices, weighed by how likely it is, where a node's children choose by themselves.
        cost = [stage.flops(shape) for stage, shape in zip(model.stages, model.shapes[:-1], strict=True)]  # type: ignore[attr-defined]
        used, total = [1.0] * 3, 0.0
        for place in (2, 1, 0):
            reached = []
            for node in range(3):
                missed = 1.0
                for child in range(3):
                    missed *= 1 - used[child] * float(edges[place][child, node])
                reached.append(1 - missed)
            used = reached
            total += cost[place] * sum(used) / (3 * sum(cost))
        assert float(outputs.penalties["resource"][run]) == pytest.approx(0.05 / 3 * total, rel=1e-4)


def test_a_tree_has_one_parent_a_node_and_what_nobody_reads_is_gone() -> None:
    model = built("ltb")
    values = model.initialise(STREAMS)
    model.turn(5, values, STREAMS, torch.zeros(3, 3, 3))
    logits = trees(model, values)
    for each in logits:
        each.normal_(generator=torch.Generator().manual_seed(3))
    likeliest = [each.argmax(2) for each in logits]
    for name in values:
        if name.startswith(("node", "head")):
            values[name] += 1
    model.turn(50, values, STREAMS, torch.zeros(3, 3, 3))
    first = model.initialise(STREAMS)
    seen = answered(model, values, examples(6), Pass(observe=True))
    for run in range(3):
        for task in range(3):
            node, path = task, []
            for place in (2, 1, 0):
                node = int(likeliest[place][run, node])
                path.append(node)
            shown = [int(seen.traces[f"usage.layer {place}"][run, task].argmax()) for place in (3, 2, 1)]
            assert shown == path
        for place in range(3):
            used = set(seen.traces[f"usage.layer {place + 1}"][run].argmax(1).tolist())
            for name in (name for name in values if name.startswith(f"node.{place}.")):
                for node in range(3):
                    expected = first[name][run, node] if node in used else torch.zeros_like(first[name][run, node])
                    assert torch.equal(values[name][run, node], expected)
    assert torch.equal(values["head.0.0.weight"], first["head.0.0.weight"])


@pytest.mark.parametrize("backbone", OPTIONS)
def test_a_settled_tree_is_hard_sharing_or_separate_networks_at_its_ends(backbone: str) -> None:
    """One parent for all is hard sharing, every node its own separate networks; noise moves neither, nor does a gradient."""
    model, plain, alone = built("ltb", backbone), built("hard", backbone), built("single_task", backbone)
    x = examples(6)
    for choice, other, prefix, place in (
        (torch.tensor([0, 0, 0]), plain, "trunk", ()),
        (torch.arange(3), alone, "column", (...,)),
    ):
        values = model.initialise(STREAMS)
        for each in trees(model, values):
            each.copy_(F.one_hot(choice, 3) * 1.0)
        model.turn(50, values, STREAMS, torch.zeros(3, 2, 3))
        for at in (training(99), Pass()):
            for a, b in zip(
                answered(model, values, x, at).tasks, answered(other, other.initialise(STREAMS), x).tasks, strict=True
            ):
                torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
        found = gradients(model, values, training(99))
        assert not any(value.any() for name, value in found.items() if name.startswith("parent"))
        expected = gradients(other, other.initialise(STREAMS), training(99))
        name = next(name for name in expected if name.startswith(prefix))
        mine = found[name.replace(prefix, "node")]
        torch.testing.assert_close(mine if place else mine[:, 0], expected[name], rtol=1e-3, atol=1e-5)
        if not place:
            assert not mine[:, 1:].any(), "nodes that lost their users must not move"


def test_with_inputs_of_their_own_any_node_sees_the_examples_of_the_task_that_uses_it() -> None:
    model = built("ltb", per_task=True)
    values = stirred(model.initialise(STREAMS))
    for each in trees(model, values):
        each.normal_(generator=torch.Generator().manual_seed(3))
    shared = built("ltb")
    x = examples(3, 6)
    outputs = answered(model, values, x).tasks
    for task in range(3):
        torch.testing.assert_close(outputs[task], answered(shared, values, x[:, task]).tasks[task], rtol=1e-4, atol=1e-5)

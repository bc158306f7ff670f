"""One network whose units every task changes: where, by how much, and what it starts as."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, body_size, build
from mtl_core.models.model import Model, Pass
from mtl_core.models.modulated import Modulation
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from tests.models import small

TASKS = (Task("a", "classification", 2), Task("b", "classification", 3), Task("c", "classification", 4))
STREAMS = Streams.of([0, 1])
SMALL = small.SMALL | {"mlp": {"width": 8}}
SMALL |= {name: SMALL[name] | {"normalise": True} for name in ("mlp", "lenet", "tutorial_cnn", "unet", "encoders")}
IMAGE = (2, 8, 8)
IMAGES = torch.rand(2, 5, *IMAGE, generator=torch.Generator().manual_seed(0))
X = torch.rand(2, 5, 4, generator=torch.Generator().manual_seed(0))


def made(name: str, backbone: str = "mlp", shape: tuple[int, ...] = (4,), **options: object) -> Model:
    chosen = choose("strategy", STRATEGIES, {"name": name} | options)
    return build(chosen, choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone]), Sizes(TASKS, shape))


def moved(model: Model) -> dict[str, torch.Tensor]:
    """Parameters at a random point; masks stay what they are."""
    generator = torch.Generator().manual_seed(1)
    first = model.initialise(STREAMS)
    return {p.name: first[p.name] + 0.3 * torch.randn(first[p.name].shape, generator=generator) * (p.rate > 0)
            for p in model.parameters}  # fmt: skip


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("name", "options"), [("film", {}), ("task_norm", {}), ("routing_mask", {"keep": 1})])
def test_it_starts_as_hard_sharing(name: str, options: dict[str, float], backbone: str) -> None:
    subject, plain = made(name, backbone, IMAGE, **options), made("hard", backbone, IMAGE)
    answers = (model(model.initialise(STREAMS), IMAGES).tasks for model in (subject, plain))
    for one, other in zip(*answers, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_masks_that_keep_everything_train_as_hard_sharing() -> None:
    study = mtl.Study(
        suite="subspace", tasks=["task_1", "task_2"], strategies=[{"name": "routing_mask", "keep": 1}, "hard"],
        backbone={"name": "mlp", "width": 8}, weights=0, seeds=2, steps=12,
    )  # fmt: skip
    result = mtl.run(study)
    runs = result.runs[result.runs.role != "baseline"]
    curves = [result.curves[result.curves.run.isin(of.run)].value.to_numpy() for _, of in runs.groupby("strategy")]
    assert curves[0] == pytest.approx(curves[1], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("scale_only", [False, True])
def test_modulation_against_a_loop(scale_only: bool) -> None:
    """Before the nonlinearity: after the last one a linear head would take a factor over."""
    model = made("film", scale_only=scale_only)
    values = moved(model)
    answers = model(values, X).tasks
    for run in range(2):
        own = {name: value[run] for name, value in values.items()}
        for task in range(3):
            for example in range(5):
                h = X[run, example]
                for stage in range(2):
                    place = 1 if stage == 0 else 0
                    h = h @ own[f"trunk.{stage}.{place}.weight"] + own[f"trunk.{stage}.{place}.bias"]
                    h = (h - h.mean()) / (h.var(correction=0) + 1e-5).sqrt()
                    h = h * own[f"trunk.{stage}.{place + 1}.scale"] + own[f"trunk.{stage}.{place + 1}.shift"]
                    h = h * (1 + own[f"change.{stage}.0.scale"][task])
                    if not scale_only:
                        h = h + own[f"change.{stage}.0.shift"][task]
                    h = torch.relu(h)
                expected = own[f"head.{task}.0.weight"] @ h + own[f"head.{task}.0.bias"]
                torch.testing.assert_close(answers[task][run, example], expected, rtol=1e-4, atol=1e-5)
    assert scale_only != any("shift" in p.name for p in model.parameters if p.name.startswith("change"))


@pytest.mark.parametrize("backbone", ["mlp", "cnn", "lenet", "tutorial_cnn", "resnet"])
def test_every_stage_is_cut_before_its_last_rectifier(backbone: str) -> None:
    body = BACKBONES[backbone].load()(IMAGE, **BACKBONES[backbone].check(SMALL[backbone]))
    assert {type(stage.layers[stage.bend]).__name__ for stage in body.stages} == {"Relu"}


def test_padding_stays_zero() -> None:
    layer = Modulation(3, shifts=True)
    x = torch.ones(1, 2, 4, 3)
    x[:, :, 2:] = 0
    y = layer({"scale": torch.ones(1, 3), "shift": torch.full((1, 3), 5.0)}, x)
    assert (y[:, :, :2] == 7).all()
    assert not y[:, :, 2:].any()


@pytest.mark.parametrize("name", ["film", "task_norm"])
def test_what_is_a_tasks_own_changes_its_answers_alone(name: str) -> None:
    model = made(name, "resnet", IMAGE)
    values = moved(model)
    before = model(values, IMAGES).tasks
    own = [p.name for p in model.parameters if p.each]
    assert own
    assert all(p.shape[0] == 3 and p.users == (0, 1, 2) for p in model.parameters if p.each)
    for each in own:
        values[each][:, 1] += 0.5
    after = model(values, IMAGES).tasks
    assert torch.equal(before[0], after[0])
    assert torch.equal(before[2], after[2])
    assert not torch.allclose(before[1], after[1])


def test_all_normalisations_are_the_tasks_own_also_within_blocks() -> None:
    parameters = made("task_norm", "resnet", IMAGE).parameters
    norms = [p for p in parameters if p.name.endswith((".scale", ".shift"))]
    assert len(norms) == 2 * (1 + 2 * 2), "of the stem, and two in each of two blocks"
    assert all(p.each for p in norms)
    assert all(p.trunk for p in parameters if p not in norms and not p.head)
    values = made("task_norm", "resnet", IMAGE).initialise(STREAMS)
    assert all((values[p.name] == p.name.endswith(".scale")).all() for p in norms)


@pytest.mark.parametrize("backbone", [{"name": "mlp"}, {"name": "cnn", "normalise": False}])
def test_a_backbone_without_normalisation_is_refused_in_words(backbone: dict[str, object]) -> None:
    with pytest.raises(SpecError, match="this backbone has none"):
        mtl.Study(strategies=["task_norm"], backbone=backbone)
    with pytest.raises(SpecError, match="this backbone has none"):
        build(choose("strategy", STRATEGIES, "task_norm"), choose("backbone", BACKBONES, backbone), Sizes(TASKS, IMAGE))
    mtl.Study(strategies=["task_norm"], backbone={"name": "mlp", "normalise": True})


@pytest.mark.parametrize(("keep", "ones"), [(0.25, 2), (0.5, 4), (0.75, 6), (0, 1), (1, 8)])
def test_a_mask_keeps_the_share_it_says(keep: float, ones: int) -> None:
    """The public code sets this share to zero, its words call it what is used: two directions under one name."""
    values = made("routing_mask", keep=keep).initialise(Streams.of([0, 1, 2, 3]))
    mask = values["change.0.0.mask"]
    assert mask.shape == (4, 3, 8)
    assert (mask.sum(2) == ones).all()
    assert set(mask.unique().tolist()) <= {0.0, 1.0}


def test_masks_differ_between_tasks_stages_and_seeds() -> None:
    values = made("routing_mask").initialise(Streams.of(list(range(20))))
    first, second = values["change.0.0.mask"], values["change.1.0.mask"]
    for one, other in ((first[:, 0], first[:, 1]), (first[:, 0], second[:, 0]), (first[1:, 0], first[:-1, 0])):
        assert (one != other).any(1).float().mean() > 0.9
    assert first.mean((0, 1)).sub(0.5).abs().max() < 0.25, "no channel is preferred"


def test_a_unit_that_a_task_does_not_use_gets_no_gradient_of_it() -> None:
    """The public code multiplies values outside the graph, so that gradients reach what is masked."""
    model = made("routing_mask")
    values = {name: value.requires_grad_() for name, value in model.initialise(STREAMS).items()}
    outputs = model(values, X).tasks
    for task, output in enumerate(outputs):
        weight, mask = torch.autograd.grad(
            output.sum(), [values["trunk.1.1.scale"], values["change.1.0.mask"]], retain_graph=True, allow_unused=True
        )
        assert mask is None
        used = values["change.1.0.mask"][:, task] > 0
        assert not weight[~used].any()
        assert weight[used].any()


def test_masks_never_move_and_are_no_trained_parameters() -> None:
    model = made("routing_mask")
    masks = [p for p in model.parameters if p.name.endswith("mask")]
    assert all(p.rate == 0 and p.users == () for p in masks)
    assert body_size(model) == body_size(made("hard"))


def test_agreement_is_the_overlap_of_masks_and_the_cosine_of_factors() -> None:
    masked = made("routing_mask")
    values = masked.initialise(STREAMS)
    told = masked(values, X, Pass(observe=True)).traces["agreement.layer 1"]
    for run in range(2):
        for one in range(3):
            for other in range(3):
                a, b = (set(values["change.0.0.mask"][run, task].nonzero().flatten().tolist()) for task in (one, other))
                assert told[run, one, other].item() == pytest.approx(len(a & b) / len(a | b))
    film = made("film")
    values = moved(film)
    told = film(values, X, Pass(observe=True)).traces["agreement.layer 2"]
    factors = 1 + values["change.1.0.scale"]
    expected = torch.cosine_similarity(factors[:, 0], factors[:, 2], dim=1).abs()
    torch.testing.assert_close(told[:, 0, 2], expected)


@pytest.mark.parametrize("name", ["film", "task_norm", "routing_mask"])
def test_inputs_of_their_own_that_are_alike_are_answered_as_one_input(name: str) -> None:
    model = made(name)
    apart = build(choose("strategy", STRATEGIES, name), choose("backbone", BACKBONES, {"name": "mlp"} | SMALL["mlp"]),
                  Sizes(TASKS, (4,), per_task=True))  # fmt: skip
    values = moved(model)
    for one, other in zip(model(values, X).tasks, apart(values, X.unsqueeze(1).expand(-1, 3, -1, -1)).tasks, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

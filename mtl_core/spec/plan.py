"""Which runs a study consists of, without training any of them."""

from dataclasses import asdict, dataclass, replace
from itertools import combinations, pairwise, product
from typing import Any, Literal, NamedTuple

from mtl_core.spec.choice import Choice
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.spec.weightings import Point, is_sets, members_of, named_points, set_label

Role = Literal["baseline", "fixed", "method"]


@dataclass(frozen=True)
class Run:
    """One training run of a study.

    Args:
        index: its place in the study, from 0; the ``run`` column of every table.
        role: ``baseline`` (a corner of the simplex: one task alone), ``fixed`` (a point of the map) or ``method``.
        label: what all seeds of the same question share; the name in tables and figures.
        family: what runs share that differ in seed and learning rate alone; the label at the study's own rate.
        strategy: how its sharing strategy is called, which names its model in the layout; ``hard`` for baselines, the plain
            backbone, or ``plain`` where widths are matched and the study's own ``hard`` may be another size.
        method: the balancing method with its options; ``fixed`` for baselines and points of the map.
        weights: the point on the simplex of a fixed run, None for other methods.
        seed: fixes initial values, batches and the method's random draws.
        learning_rate: the run's own.
        fold: of the pooled train and validation examples the part that it is trained without and validated on; None in a study
            without folds, which keeps the suite's own splits.
        besides: of a run that a nested choice is made by, another fold that it is trained without.
    """

    index: int
    role: Role
    label: str
    method: Choice
    weights: tuple[float, ...] | None
    seed: int
    learning_rate: float
    family: str = ""
    strategy: str = "hard"
    fold: int | None = None
    besides: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", self.family or self.label)  # runs of older studies have rates of their own at most

    def weighs(self, tasks: int) -> tuple[bool, ...]:
        """Of each of ``tasks`` whether it carries weight."""
        return (True,) * tasks if self.weights is None else tuple(weight > 0 for weight in self.weights)

    def trains(self, tasks: int) -> tuple[bool, ...]:
        """Of each of ``tasks`` whether its head is trained: that of one without weight stays as it was drawn, unless all have
        one head."""
        one = self.strategy in STRATEGIES and STRATEGIES[self.strategy].alike
        return (True,) * tasks if one else self.weighs(tasks)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        plain = asdict(self) | {"method": self.method.to_dict()}
        if self.family == self.label:
            del plain["family"]
        if self.strategy == "hard":
            del plain["strategy"]
        return {name: value for name, value in plain.items() if value is not None or name not in ("fold", "besides")}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "Run":
        """Back from JSON."""
        options = dict(given["method"])
        method = Choice(options.pop("name"), tuple(options.items()))
        weights = None if given["weights"] is None else tuple(given["weights"])
        return cls(**given | {"method": method, "weights": weights})


def grid(points: int, tasks: int) -> list[tuple[float, ...]]:
    """The regular grid on the simplex, corners included.

    Args:
        points: points on each side of the simplex, two or more.
        tasks: how many weights a point has.

    Returns:
        ``C(points + tasks - 2, tasks - 1)`` points, each one in sum, the first task's weight falling.

    >>> grid(3, 2)
    [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)]
    """
    parts = points - 1
    # Stars and bars: a way to cut `parts` into `tasks` counts is a choice of where the bars stand.
    bars = combinations(range(parts + tasks - 1), tasks - 1)
    edges = ((-1, *places, parts + tasks - 1) for places in bars)
    counts = sorted((tuple(b - a - 1 for a, b in pairwise(e)) for e in edges), reverse=True)
    return [tuple(round(count / parts, 6) for count in point) for point in counts]


def plan(study: Study) -> tuple[Run, ...]:
    """Every run of a study: baselines first, then methods, then the other points of the map; seeds and within them folds
    innermost. ``inner_runs`` are besides.

    All is trained at the study's learning rate and at each of its ``learning_rates``; a method with a rate of its own at that
    one alone. Baselines are trained at every rate in use, so that each run has one with the same rate. With ``hard``, a point
    of the map that is a corner is that task's baseline; with another strategy it is a run like others. The centre is ``equal``
    where ``equal`` is among the methods: each is trained once.

    Args:
        study: any study.

    Returns:
        The runs, each at the place that its ``index`` says.
    """
    tasks = len(study.tasks)
    corners = [tuple(float(t == k) for k in range(tasks)) for t in range(tasks)]
    rates = (study.learning_rate, *study.learning_rates)
    plain = "hard" if study.equal_parameters == "none" else "plain"
    asked = [question for strategy in study.strategies for question in _questions(study, strategy, corners, plain)]
    folds = range(study.folds) if study.folds else (None,)
    used = dict.fromkeys((*rates, *(question.rate for question in asked)))
    baselines = [
        _Question("baseline", f"{name} alone", Choice("fixed"), corner, rate, plain)
        for rate in used
        for name, corner in zip(study.tasks, corners, strict=True)
    ]
    return tuple(
        Run(
            index,
            q.role,
            at_rate(q.family, q.rate, study.learning_rate),
            q.method,
            q.weights,
            seed,
            q.rate,
            q.family,
            q.strategy,
            fold,
        )
        for index, (q, seed, fold) in enumerate(product((*baselines, *asked), study.seed_list, folds))
    )


def inner_runs(study: Study) -> tuple[Run, ...]:
    """The runs that nested choices are made by; their places follow those of ``plan``. None of a study that is not nested, nor
    of what leaves a task without weight, which is no choice.

    The inner folds of a fold are the others. What is trained without folds i and j serves twice: validated on j it is an inner
    run of i, validated on i one of j. So K folds take ``K (K - 1) / 2`` runs where two loops would take ``K (K - 1)``.
    """
    runs = plan(study) if study.nested else ()
    asked = [run for run in runs if run.role != "baseline" and all(run.weighs(len(study.tasks)))]
    pairs = [(run, run.fold, besides) for run in asked for besides in range(run.fold or 0)]
    return tuple(
        replace(run, index=len(runs) + place, fold=fold, besides=besides) for place, (run, fold, besides) in enumerate(pairs)
    )


class _Question(NamedTuple):
    """What all seeds of a run share."""

    role: Role
    family: str
    method: Choice
    weights: tuple[float, ...] | None
    rate: float
    strategy: str


def _questions(study: Study, strategy: Choice, corners: list[tuple[float, ...]], plain: str) -> list[_Question]:
    """What is asked of a strategy: the methods, then the points of the map."""
    rates, tasks, name = (study.learning_rate, *study.learning_rates), len(study.tasks), study.sharing(strategy)
    asked = []
    for method in study.methods:
        own = dict(method.items)
        alone = own.pop("learning_rate", None)
        chosen = Choice(method.name, tuple(own.items()))
        weights = equal_weights(tasks) if method.name == "equal" else None
        family = shared_label(study, strategy, study.label(chosen))
        asked += [_Question("method", family, chosen, weights, rate, name) for rate in ([alone] if alone else rates)]
    asked = list(dict.fromkeys(asked))  # a method's own rate may be one at which all is trained anyway
    covered = {(question.weights, question.rate) for question in asked}
    if name == plain:  # the corners of the plain backbone are the baselines; those of another strategy are runs like others
        covered |= {(corner, rate) for corner in corners for rate in rates}
    if STRATEGIES[strategy.name].preferred:
        return asked  # one model serves all points
    points = map_points(study)
    return asked + [
        _Question("fixed", shared_label(study, strategy, weighting_label(study, point)), Choice("fixed"), point, rate, name)
        for point in dict.fromkeys(points)
        for rate in rates
        if (point, rate) not in covered
    ]


def map_points(study: Study) -> tuple[Point, ...]:
    """The fixed weightings that a study asks for, corners included where it has a grid; those that were added come last."""
    tasks = len(study.tasks)
    match study.weights:
        case int() as points:
            asked = grid(points, tasks) if points else []
        case str() as name:
            asked = named_points(name, tasks)
        case points:
            asked = list(points)
    return tuple(dict.fromkeys((*asked, *(point for added in study.refined for point in added))))


def front_points(study: Study) -> tuple[tuple[float, ...], ...]:
    """The weightings that one model for all is asked for at the end: those of the map, or else a grid where it is small enough
    to be drawn, the corners and the centre elsewhere."""
    tasks = len(study.tasks)
    usual = {2: 11, 3: 6}.get(tasks, 2)
    return tuple(dict.fromkeys((*(map_points(study) or grid(usual, tasks)), equal_weights(tasks))))


def shared_label(study: Study, strategy: Choice, label: str) -> str:
    """How what is asked of a strategy is called: the strategy is left out where a study has ``hard`` alone."""
    name = study.sharing(strategy)
    return label if name == "hard" and len(study.strategies) == 1 else f"{name} · {label}"


def at_rate(family: str, rate: float, usual: float) -> str:
    """The label of a family's runs at a learning rate, which is left out where it is the study's own.

    >>> at_rate("equal", 0.01, 0.003), at_rate("cagrad(c=0.4)", 0.01, 0.003), at_rate("equal", 0.003, 0.003)
    ('equal(learning_rate=0.01)', 'cagrad(c=0.4, learning_rate=0.01)', 'equal')
    """
    if rate == usual:
        return family
    return f"{family[:-1]}, learning_rate={rate:g})" if family.endswith(")") else f"{family}(learning_rate={rate:g})"


def equal_weights(tasks: int) -> tuple[float, ...]:
    """The centre of the simplex, as the grid writes it."""
    return (round(1 / tasks, 6),) * tasks


def weighting_label(study: Study, point: Point) -> str:
    """How a fixed weighting of a study is called: by the names of its tasks where it trains sets of them."""
    members = members_of(point) if is_sets(study.weights) else None
    return set_label([study.tasks[task] for task in members]) if members else point_label(point)


def point_label(point: tuple[float, ...]) -> str:
    """How a fixed weighting is called.

    >>> point_label((0.3, 0.7))
    '0.3 / 0.7'
    """
    return " / ".join(f"{weight:.3g}" for weight in point)

"""A study: everything a person asks for, checked, in canonical form and with a stable id."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, fields
from functools import cached_property
from math import comb
from typing import Any, Literal

from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.spec.about_tasks import about_tasks, check_headline
from mtl_core.spec.backbones import BACKBONES, stages
from mtl_core.spec.choice import Choice, as_json, choose
from mtl_core.spec.identity import identity
from mtl_core.spec.methods import METHODS
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.option import Option
from mtl_core.spec.phases import check_phases
from mtl_core.spec.pretrained import backbone_of, check_start
from mtl_core.spec.sampling import PROPORTIONAL, SAMPLINGS
from mtl_core.spec.settings import METHOD_EXTRAS, OPTIONS
from mtl_core.spec.sizes import check_batch
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.suites import SUITES
from mtl_core.spec.together import check_together, fitting
from mtl_core.spec.weightings import check_refined, check_weights, named_count


def choose_suite(given: Any) -> Choice:
    """The suite that ``given`` asks for, with everything settled that depends on outside data, such as a file's content hash.

    Raises:
        SpecError: as ``choose`` does.
        DataError: a file that cannot be learned from.
    """
    choice = choose("suite", SUITES, given)
    return choose("suite", SUITES, {"name": choice.name} | SUITES[choice.name].load().settle(**choice.options))


@dataclass(frozen=True)
class Study:
    """What a person asks for. Frozen, checked on creation, hashable; equal questions have equal ids.

    Args:
        suite: a name of ``SUITES``, or a mapping with its ``name`` and options.
        tasks: two or more of the suite's task names; None for all.
        strategies: names of ``STRATEGIES`` or mappings with options; each is trained with every method and weighting.
        backbone: a name of ``BACKBONES`` or a mapping; None for the first that goes with the suite.
        methods: names of ``METHODS`` or mappings with options; a mapping may carry its own ``learning_rate``.
        weights: fixed weightings to train besides: an integer n for the regular grid with n points a side; ``subsets`` for
            all sets of two and more tasks, ``pairs`` for those of two, ``subsets:3`` for all up to three, each a network that
            learns these tasks alone with equal weights; ``scattered:32`` for so many points that fill the simplex evenly; or a
            list of points on the simplex, each with a weight for each task.
            None for a grid of 11 a side with two or three tasks and for no grid with more.
        refined: weightings that were added after looking at results, a list for each time; see ``next_points``.
        seeds: how many seeds (0, 1, ...) or a list of them.
        steps, batch_size, learning_rate, learning_rates, looks: see ``OPTIONS`` for meaning, bounds and units.
        folds, nested, rungs, warmup, schedule, clip, evaluate_every, conflict_every, affinity_every, test_at: the same.
        headline, class_weights, loss_scales, equal_parameters, start, device: the same.
        phases: parts of every run one after another, see ``check_phases``; none for one of everything.
        optimizer: a name of ``OPTIMIZERS`` or a mapping.
        sampling: a name of ``SAMPLINGS`` or a mapping: how often rows of each source are drawn.
        strategy: the same for one strategy alone.
        kept: whether it was made before: an older version may have let its batch be larger than its data.

    Raises:
        SpecError: anything that cannot be done, before any training starts.
        DataError: a table that cannot be read as the suite's data.
    """

    suite: Any = "digits_pair"
    tasks: Any = None
    strategies: Any = ("hard",)
    backbone: Any = None
    methods: Any = ("equal",)
    weights: Any = None
    refined: Any = ()
    seeds: Any = 5
    steps: int = 300
    batch_size: int = 64
    learning_rate: float = 3e-3
    learning_rates: Any = ()
    looks: Any = ()
    folds: int = 0
    nested: bool = False
    rungs: Any = ()
    optimizer: Any = "adam"
    warmup: int = 0
    schedule: str = "constant"
    clip: float | None = None
    evaluate_every: int | None = None
    conflict_every: int = 5
    affinity_every: int = 0
    test_at: Literal["best", "end"] = "best"
    headline: Any = ()
    class_weights: str = "none"
    loss_scales: str = "suite"
    equal_parameters: str = "none"
    phases: Any = ()
    sampling: Any = PROPORTIONAL
    start: str | None = None
    device: str = "auto"
    strategy: InitVar[Any] = None
    kept: InitVar[bool] = False

    def __post_init__(self, strategy: Any, kept: bool) -> None:
        def settle(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)  # the one moment at which a frozen dataclass writes its fields

        for field in fields(self):
            value = getattr(self, field.name)
            if hasattr(value, "tolist") and not isinstance(value, type):
                settle(field.name, value.tolist())  # an array or a number of NumPy, a column of a table
        settle("suite", choose_suite(self.suite))
        settle("strategies", _check_strategies(self.strategies if strategy is None else [strategy]))
        backbone = self.backbone if self.backbone is not None else backbone_of(self.start) or fitting(self.suite.name)
        settle("backbone", choose("backbone", BACKBONES, backbone))
        settle("optimizer", choose("optimizer", OPTIMIZERS, self.optimizer))
        settle("sampling", choose("sampling", SAMPLINGS, self.sampling))
        for option in OPTIONS:
            if option.name != "seeds":
                settle(option.name, option.check(getattr(self, option.name)))
        settle("seeds", _check_seeds(self.seeds))
        settle("learning_rates", tuple(rate for rate in self.learning_rates if rate != self.learning_rate))
        settle("looks", tuple(sorted(map(int, self.looks))))
        settle("rungs", tuple(sorted(set(map(int, self.rungs)))))
        settle("methods", _check_methods(self.methods))
        settle("tasks", self._check_tasks())
        settle("methods", about_tasks(self.methods, self.tasks))
        check_headline(self.headline, self.tasks)
        settle("phases", check_phases(self.phases, self.steps, self.tasks, stages(self.backbone)))
        settle("weights", check_weights(self.weights, len(self.tasks)))
        settle("refined", check_refined(self.refined, len(self.tasks)))
        check_together(self)
        if not kept:
            settle("start", check_start(self))
            check_batch(self.suite, self.batch_size)

    def _check_tasks(self) -> tuple[str, ...]:
        known = SUITES[self.suite.name].load().names(**self.suite.options)
        asked = known if self.tasks is None else [self.tasks] if isinstance(self.tasks, str) else self.tasks
        if not isinstance(asked, (list, tuple)):
            raise SpecError(f"tasks must be a list of names, found {shown(asked)}; choose from: {some_of(known)}.")
        if unknown := [name for name in asked if not isinstance(name, str) or name not in known]:
            raise unknown_name(f"task of {self.suite.name}", unknown[0], known)
        if len(set(asked)) < 2:
            raise SpecError(f"a study needs two or more tasks, found {shown(list(asked))}; choose from: {some_of(known)}.")
        return tuple(name for name in known if name in asked)

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds themselves."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def evaluation_interval(self) -> int:
        """Steps between evaluations."""
        return self.evaluate_every or max(1, self.steps // 20)

    @property
    def run_count(self) -> int:
        """At most how many runs the study has, counted without listing them."""
        tasks = len(self.tasks)
        match self.weights:
            case int():
                grid = comb(self.weights + tasks - 2, tasks - 1)
            case str():
                grid = named_count(self.weights, tasks)
            case points:
                grid = len(points)
        grid += sum(map(len, self.refined))
        own = {rate for method in self.methods if (rate := method.options.get("learning_rate")) is not None}
        rates = {self.learning_rate, *self.learning_rates}
        asked = (len(self.methods) + grid) * len(self.strategies)
        folds = max(1, self.folds) * ((tasks + asked) * len(rates) + tasks * len(own - rates))
        pairs = comb(self.folds, 2) * asked * len(rates) if self.nested else 0
        return (folds + pairs) * len(self.seed_list)

    @property
    def confidence(self) -> float:
        """Of its intervals: 95 %, and 98 % where results were looked at before. Somebody who trains 5, 10 and 20 seeds until a
        difference is clear calls 7.6 % of nothings clear (5.1 % with 98 % at the first look too, 12 % with 95 % at all)."""
        return 0.98 if self.looks else 0.95

    def label(self, method: Choice) -> str:
        """How a method is called in tables and figures: its name, with the options that differ from their defaults."""
        return METHODS[method.name].label(method.options)

    def sharing(self, strategy: Choice) -> str:
        """How a strategy is called in tables and figures, as ``label`` for a method."""
        return STRATEGIES[strategy.name].label(strategy.options)

    def to_dict(self) -> dict[str, Any]:
        """The canonical form, as JSON has it."""
        return {field.name: as_json(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any], *, kept: bool = False) -> "Study":
        """The study that a mapping (from JSON, say) describes; ``kept`` is as for a study.

        Raises:
            SpecError: a field that no study has, or one that is refused.
        """
        known = [*(field.name for field in fields(cls)), "strategy"]
        if not isinstance(given, Mapping):
            raise SpecError(f"a study must be a mapping of settings, found {shown(given)}.")
        if unknown := [name for name in given if not isinstance(name, str) or name not in known]:
            raise unknown_name("setting", unknown[0], known)
        return cls(**given, kept=kept)

    @cached_property
    def id(self) -> str:
        """What it is known by where it is kept first; see ``identity``."""
        return study_id(self.to_dict())


def study_id(spec: Mapping[str, Any]) -> str:
    """The id that a study in canonical form, as JSON has it, gets today; ``spec`` need not be one that can still be made."""
    return identity(spec, _DEFAULTS)


# What all tasks and the usual map are depends on the suite, so these two are always written out.
_DEFAULTS = {
    field.name: list(field.default) if isinstance(field.default, tuple) else field.default
    for field in fields(Study)
    if field.name not in ("tasks", "weights")
} | {"strategy": {"name": "hard"}, "backbone": "mlp"}  # as studies said it that had one strategy; that of most suites


def _check_seeds(given: Any) -> int | tuple[int, ...]:
    if isinstance(given, (list, tuple)):
        seed = Option("seeds", "integer", 0, "", 0, 2**31 - 1)
        seeds = tuple(dict.fromkeys(seed.check(item) for item in given))
        OPTIONS[0].check(len(seeds))
        return len(seeds) if seeds == tuple(range(len(seeds))) else seeds
    return int(OPTIONS[0].check(given))


def _check_strategies(given: Any) -> tuple[Choice, ...]:
    asked: Sequence[Any] = [given] if isinstance(given, (str, Mapping, Choice)) else given
    if not isinstance(asked, (list, tuple)) or not asked:
        raise SpecError(f"strategies must be a list of one or more names, found {shown(given)}.")
    chosen = tuple(choose("strategy", STRATEGIES, item) for item in asked)
    if twice := [choice.name for choice, count in Counter(chosen).items() if count > 1]:
        raise SpecError(f"a strategy is listed twice: {some_of(twice)}; keep one of each.")
    order = list(STRATEGIES)  # the same question whatever order they were listed in
    return tuple(sorted(chosen, key=lambda choice: order.index(choice.name)))


def _check_methods(given: Any) -> tuple[Choice, ...]:
    asked: Sequence[Any] = [given] if isinstance(given, (str, Mapping, Choice)) else given
    if not isinstance(asked, (list, tuple)):
        raise SpecError(f"methods must be a list of names, found {shown(given)}.")
    chosen = tuple(choose("method", METHODS, item, METHOD_EXTRAS) for item in asked)
    for method in chosen:
        if not METHODS[method.name].selectable:
            raise SpecError(f"{method.name!r} is not listed in methods; give its points, such as weights=[[0.3, 0.7]].")
    return chosen

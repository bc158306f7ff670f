"""The plain settings of a study: one line each."""

from mtl_core.spec.option import Option

OPTIONS: tuple[Option, ...] = (
    Option("seeds", "integer", 5, "repetitions with other initial values and batches", 1, 50, unit="seeds"),
    Option("steps", "integer", 300, "parameter updates of each run", 1, 20_000, unit="steps", logarithmic=True),
    Option("batch_size", "integer", 64, "examples seen at each step", 1, 2048, unit="examples", logarithmic=True),
    Option("learning_rate", "number", 3e-3, "how far each step goes", 1e-6, 10, symbol="η", logarithmic=True),
    Option(
        "learning_rates",
        "numbers",
        (),
        "more learning rates, at each of which everything is trained, the tasks alone too",
        1e-6,
        10,
    ),
    Option("looks", "numbers", (), "after how many seeds results were looked at before; intervals are wider for it", 1, 50),
    Option(
        "folds",
        "integer",
        0,
        "parts that train and validation examples are cut into: all is trained without each in turn and validated on it; "
        "0 keeps the suite's own validation examples",
        0,
        20,
        unit="folds",
    ),
    Option(
        "nested",
        "flag",
        False,
        "whether everything but the tasks alone is also trained without each two folds, so that a choice made within a fold's "
        "training examples can be judged on that fold",
    ),
    Option(
        "rungs",
        "numbers",
        (),
        "steps after which only the best third of the fixed weightings goes on, by validation; the tasks alone and methods "
        "always go on",
        1,
        20_000,
    ),
    Option("warmup", "integer", 0, "steps over which the learning rate rises from zero", 0, 20_000, unit="steps"),
    Option("schedule", "choice", "constant", "what the learning rate does after warm-up", choices=("constant", "cosine")),
    Option("clip", "number", None, "longest gradient a run may follow, none for any length", 1e-6, 1e6),
    Option("evaluate_every", "integer", None, "steps between evaluations; none for twenty a run", 1, 20_000, unit="steps"),
    Option("conflict_every", "integer", 5, "steps between records of gradient conflict", 1, 20_000, unit="steps"),
    Option(
        "affinity_every",
        "integer",
        0,
        "steps between looks at what a step of one task alone does to the losses of the others (task affinity, TAG), in runs "
        "with equal weights; a multiple of conflict_every, 0 for none. Every tenth step makes training up to a third longer",
        0,
        20_000,
        unit="steps",
    ),
    Option(
        "test_at",
        "choice",
        "best",
        "which results are shown first: at the best validation loss or at the end; both are read",
        choices=("best", "end"),
    ),
    Option(
        "headline",
        "mapping",
        (),
        "the metric that stands for a task, by its name; of the others average precision where one of two classes has less "
        "than a fifth of the train labels, else accuracy or R²",
    ),
    Option(
        "class_weights",
        "choice",
        "none",
        "balanced: in training losses every class of a task counts the same, however rare; evaluations are not weighted",
        choices=("none", "balanced"),
    ),
    Option(
        "loss_scales",
        "choice",
        "suite",
        "suite: where losses of unlike kinds have a scale that the suite states, they are multiplied by it; raw: by nothing",
        choices=("suite", "raw"),
    ),
    Option(
        "equal_parameters",
        "choice",
        "none",
        "whether widths are chosen so that all strategies have as many parameters (heads left out) as hard sharing has at the "
        "width asked for, or as one network for each task has; the networks for each task alone stay as they are",
        choices=("none", "hard", "single_task"),
    ),
    Option("start", "text", None, "the id of the pretrained trunk that every run starts from, the tasks alone too"),
    Option("device", "text", "auto", "where to train: auto, cpu, cuda, cuda:0 or mps"),
)
"""The plain settings of a study, in the order of the form."""

METHOD_EXTRAS = (Option("learning_rate", "number", None, "a learning rate for this method alone", 1e-6, 10, logarithmic=True),)

PRETRAINING = (
    Option("steps", "integer", 1200, "parameter updates", 1, 100_000, unit="steps"),
    Option("batch_size", "integer", 64, "texts seen at each step", 1, 2048, unit="texts"),
    Option("learning_rate", "number", 3e-3, "how far each step goes at most", 1e-6, 10),
    Option("seed", "integer", 0, "another number draws other first values and hides other words", 0, 2**31 - 1),
)
"""How a trunk is pretrained: one line each."""

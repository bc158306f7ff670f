"""The kinds of task: one line each, with what is known of them without torch."""

from math import log

from mtl_core.spec.table import KindEntry, Metric, table

LOSS = Metric("loss", "loss", lower_is_better=True)
"""What every task is measured by, whatever its kind."""

KINDS: dict[str, KindEntry] = table(
    KindEntry(
        "classification",
        "Classification",
        "Which of a few classes is it? Each class gets a probability.",
        "mtl_core.kinds.classification:Classification",
        metrics=(
            Metric("accuracy", "accuracy"),
            Metric("macro_f1", "macro F1"),
            Metric("balanced_accuracy", "balanced accuracy"),
            Metric("commonest_answer", "share of the commonest answer", aside=True),
            Metric("roc_auc", "ROC-AUC", two_classes=True),
            Metric("average_precision", "average precision", two_classes=True),
        ),
        targets="classes",
        chance=log,
        loss="cross-entropy for classes",
        column="class",
    ),
    KindEntry(
        "regression",
        "Regression",
        "How much is it? The answer is a number.",
        "mtl_core.kinds.regression:Regression",
        metrics=(Metric("r2", "R²"), Metric("mae", "mean absolute error", lower_is_better=True)),
        targets="values",
        chance=lambda _: 1.0,  # the variance of a standardised target
        loss="squared error for numbers",
        column="number",
    ),
)

METRICS: dict[str, Metric] = table(LOSS, *(metric for entry in KINDS.values() for metric in entry.metrics))
"""Every metric of every kind, by name; what two kinds share has one meaning."""

"""The kinds of task: one line each, with what is known of them without torch."""

from math import log, pi, sqrt

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
        output="logits of {classes} classes",
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
        output="a standardised number for each value; times its `scale` plus its `centre` it is in its own unit",
        column="number",
    ),
    KindEntry(
        "multilabel",
        "Several labels",
        "Which of many labels apply? Any number of them may, each with a probability of its own.",
        "mtl_core.kinds.multilabel:Multilabel",
        metrics=(
            Metric("micro_f1", "micro F1"),
            Metric("macro_f1", "macro F1"),
            Metric("mean_average_precision", "mean average precision"),
        ),
        targets="several",
        chance=lambda _: log(2),
        loss="cross-entropy of each label",
        output="a logit for each of {classes} labels; a label is given above zero",
    ),
    KindEntry(
        "tagging",
        "Tags",
        "What is each word part of? Every word of a text gets a tag, and words that belong together are an entity.",
        "mtl_core.kinds.tagging:Tagging",
        metrics=(Metric("entity_f1", "entity F1"), Metric("token_accuracy", "token accuracy")),
        targets="several",
        chance=log,
        loss="cross-entropy of each word's tag",
        output="logits of {classes} tags for every word",
        source="Tjong Kim Sang & Buchholz 2000 (CoNLL)",
        reads="positions",
    ),
    KindEntry(
        "span",
        "An answer in the text",
        "Which words of the text answer the question? The answer begins and ends somewhere, or there is none.",
        "mtl_core.kinds.span:Span",
        metrics=(
            Metric("token_f1", "token F1"),
            Metric("exact_match", "exact match"),
            Metric("answerable_f1", "token F1 where there is an answer"),
            Metric("answerable_match", "exact match where there is an answer"),
        ),
        targets="several",
        loss="cross-entropy of the answer's first and last word",
        output="for every position how well the answer begins and ends there; position 0 stands for no answer",
        source="Rajpurkar, Zhang, Lopyrev & Liang 2016 (SQuAD); Rajpurkar, Jia & Liang 2018",
        reads="positions",
    ),
    KindEntry(
        "segmentation",
        "Segmentation",
        "What is each pixel of the picture part of? Every pixel gets a class.",
        "mtl_core.kinds.segmentation:Segmentation",
        metrics=(Metric("miou", "mIoU"), Metric("pixel_accuracy", "pixel accuracy")),
        targets="several",
        chance=log,
        loss="cross-entropy of each pixel's class",
        output="logits of {classes} classes for every pixel",
        source="Everingham et al. 2015 (PASCAL VOC)",
        reads="map",
        graded=True,
    ),
    KindEntry(
        "depth",
        "Depth",
        "How far away is what each pixel shows?",
        "mtl_core.kinds.depth:Depth",
        metrics=(
            Metric("abs_rel", "relative error of depth", lower_is_better=True),
            Metric("rmse_log", "root mean square error of log depth", lower_is_better=True),
        ),
        targets="several",
        chance=lambda _: sqrt(2 / pi),  # the mean size of a standardised value that is normally distributed
        loss="absolute error of each pixel's log depth",
        output="for every pixel a standardised number; times its `scale` plus its `centre` it is the logarithm of metres",
        source="Eigen, Puhrsch & Fergus 2014",
        reads="map",
        graded=True,
    ),
    KindEntry(
        "normals",
        "Normals",
        "Which way does the surface face that each pixel shows?",
        "mtl_core.kinds.normals:Normals",
        metrics=(
            Metric("mean_angle", "mean angle in degrees", lower_is_better=True),
            Metric("median_angle", "median angle in degrees", lower_is_better=True),
            Metric("within_11", "share within 11.25°"),
            Metric("within_22", "share within 22.5°"),
            Metric("within_30", "share within 30°"),
        ),
        targets="several",
        chance=lambda _: 1.0,  # a right angle
        loss="one less the cosine at each pixel",
        output="for every pixel a vector, of which the direction counts",
        source="Fouhey, Gupta & Hebert 2013",
        reads="map",
        graded=True,
    ),
    KindEntry(
        "box",
        "Box",
        "Where in the picture is it? The answer is a box around one thing.",
        "mtl_core.kinds.box:Box",
        metrics=(Metric("box_iou", "IoU of boxes"), Metric("half_iou", "share of boxes with an IoU of one half")),
        targets="several",
        chance=lambda _: 0.25,  # the middle, of numbers that are anywhere between 0 and 1
        loss="absolute error of a box's four numbers",
        output="left, top, right and bottom as parts of the picture",
        source="Everingham et al. 2015 (PASCAL VOC)",
        graded=True,
    ),
    KindEntry(
        "policy",
        "Which way to go",
        "Which way to go from every place? What a walk gains is computed exactly: the random walk has 0, the best one 1.",
        "mtl_core.kinds.policy:Policy",
        metrics=(Metric("normalised_return", "normalised return"),),
        targets="several",
        chance=lambda _: 1.0,  # the random walk's, in units of what the best policy gains beyond it
        loss="what a policy gains less than the best one",
        output="for every cell log-odds of going up, down, left and right",
        source="Sutton, McAllester, Singh & Mansour 2000 (the policy gradient), with the return computed exactly",
        reads="map",
        graded=True,
    ),
)

METRICS: dict[str, Metric] = table(LOSS, *(metric for entry in KINDS.values() for metric in entry.metrics))
"""Every metric of every kind, by name; what two kinds share has one meaning."""

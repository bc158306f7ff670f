"""Terms of measuring: what a difference is worth, how a front is judged, which tasks go together."""

from dashboard.glossary.term import Term
from dashboard.words import N_

TERMS = (
    Term(
        "seed",
        N_("seed|seeds"),
        N_("The number from which first values and batches are drawn. Another seed is the same experiment once more."),
        lesson="how-many-seeds",
        page="transfer",
    ),
    Term(
        "paired-seeds",
        N_("paired seeds|paired by seed|paired"),
        N_(
            "Two runs of one seed begin alike and see the same batches; their difference is taken first, then the mean "
            "over seeds."
        ),
        r"d_s = M_s - B_s",
        lesson="methods-against-equal",
        page="transfer",
    ),
    Term(
        "confidence-interval",
        N_("confidence interval|interval|intervals"),
        N_(
            "The range that holds the true mean in so many percent of experiments like this one. Where it holds zero, "
            "nothing is clear."
        ),
        r"\bar{d} \pm t_{n-1} \frac{s}{\sqrt{n}}",
        lesson="how-many-seeds",
        page="transfer",
    ),
    Term(
        "holm",
        N_("Holm's correction|Holm"),
        N_("Whoever looks at many differences finds one by luck. Holm's rule asks more of each, the smallest p first."),
        r"p_{(k)} \, (m - k + 1) < \alpha",
        lesson="how-many-seeds",
        page="transfer",
    ),
    Term(
        "chance",
        N_("chance"),
        N_("What an answer reaches that looks at no input, such as the commonest class."),
        page="transfer",
    ),
    Term(
        "validation",
        N_("validation split|validation"),
        N_("Examples that nothing is trained on, by which steps, weightings and groups are chosen."),
        lesson="regularisation-or-transfer",
    ),
    Term(
        "test-split",
        N_("test split|test metric|test"),
        N_("Examples that nothing is trained on and nothing is chosen by: what a choice is worth."),
    ),
    Term(
        "overfitting",
        N_("overfitting|overfit|overfits"),
        N_("A network learns its training examples by heart and gets worse on others."),
        lesson="regularisation-or-transfer",
        page="play",
    ),
    Term(
        "early-stopping",
        N_("early stopping"),
        N_("Taking each run at the step that was best on validation, instead of at its end."),
        lesson="regularisation-or-transfer",
        page="transfer",
    ),
    Term(
        "best-step",
        N_("best step|best validation step"),
        N_("The step at which a run's validation loss, over its tasks, was lowest."),
        lesson="regularisation-or-transfer",
        page="transfer",
    ),
    Term(
        "fold",
        N_("fold|folds"),
        N_("A part of the examples that a run leaves out and is validated on; every example is left out once."),
        page="tradeoff",
    ),
    Term(
        "nested-selection",
        N_("nested|nested choice|nested choices"),
        N_("A choice is made inside folds and judged on an outer fold that it never saw."),
        page="tradeoff",
    ),
    Term(
        "selection-bias",
        N_("selection bias"),
        N_("The best of many looks better than it is, on what it was chosen by."),
        lesson="how-many-seeds",
        page="tradeoff",
    ),
    Term(
        "trade-off",
        N_("trade-off|trade-offs"),
        N_("What one task gains and another loses, as weights move between them."),
        lesson="map-of-weights",
        page="tradeoff",
    ),
    Term(
        "pareto-front",
        N_("Pareto front|front|fronts|Pareto set"),
        N_("What cannot be better in one task without being worse in another."),
        lesson="where-weights-cannot-go",
        page="tradeoff",
    ),
    Term(
        "hypervolume",
        N_("hypervolume"),
        N_("How much of the plane a front covers, on a scale where 1 is all tasks alone. Read it with the span."),
        page="tradeoff",
    ),
    Term(
        "igd",
        N_("IGD+"),
        N_("How far a front is on average behind the best that is known, counting only where it is behind."),
        page="tradeoff",
    ),
    Term(
        "knee",
        N_("knee"),
        N_("The point of a front that bulges farthest: beyond it a little more of one task costs much of another."),
        page="tradeoff",
    ),
    Term(
        "regret",
        N_("regret"),
        N_("What a choice loses against the best one."),
        r"R = \max_c v(c) - v(\hat{c})",
        lesson="which-together",
        page="together",
    ),
    Term(
        "affinity",
        N_("affinity|affinities"),
        N_("A cheap number that should say how much one task helps another, before networks for all sets are trained."),
        lesson="which-together",
        page="together",
    ),
    Term(
        "tag",
        N_("look ahead|TAG"),
        N_("The affinity that takes a trial step for one task and looks at the losses of the others."),
        r"1 - \frac{L_t(\theta - \eta g_s)}{L_t(\theta)}",
        page="together",
    ),
    Term(
        "grouping",
        N_("grouping|groupings|task grouping"),
        N_("Which tasks share which network. With all sets trained, the best one for a budget is found exactly."),
        lesson="which-together",
        page="together",
    ),
    Term(
        "budget",
        N_("budget|budgets"),
        N_("How many networks, parameters, operations or milliseconds an answer to all tasks may cost."),
        lesson="which-together",
        page="together",
    ),
    Term(
        "partition",
        N_("partition"),
        N_(
            "Each task is learned in one network only. Without it a network may learn a task to help others and leave "
            "its answer to another."
        ),
        lesson="which-together",
        page="together",
    ),
    Term(
        "successive-halving",
        N_("successive halving"),
        N_("Of many weightings only the best third goes on after so many steps, as if nobody had left."),
        page="tradeoff",
    ),
    Term(
        "mean-average-precision",
        N_("mean average precision|mAP"),
        N_("How well each label ranks the examples that it applies to before the others, then the mean over labels."),
        r"\frac{1}{K} \sum_k \sum_n (R_{kn} - R_{k,n-1}) \, P_{kn}",
    ),
    Term(
        "miou",
        N_("mIoU|IoU"),
        N_("How far what is marked and what should be overlap, a class; then the mean over classes."),
        r"\frac{|A \cap B|}{|A \cup B|}",
    ),
    Term(
        "one-model",
        N_("one model"),
        N_("A network that is told the weighting and serves all of them, in place of a run trained for each."),
        lesson="sliding",
        page="tradeoff",
    ),
    Term(
        "cka",
        N_("CKA|how alike"),
        N_("How alike two networks, or two tasks, see the same examples: 1 the same up to rotation and scale, 0 unrelated."),
        r"\frac{\mathrm{HSIC}(K, K')}{\sqrt{\mathrm{HSIC}(K, K) \, \mathrm{HSIC}(K', K')}}",
        page="sharing",
    ),
    Term(
        "probe",
        N_("linear probe|probe|probes"),
        N_("A linear answer fitted to what a frozen stage says: how much of a task can be read off there."),
        page="sharing",
    ),
    Term(
        "ablation",
        N_("ablation|held still"),
        N_("Holding a unit at its mean to see whose loss rises: what the unit is for."),
        page="sharing",
    ),
    Term(
        "unit",
        N_("unit|units"),
        N_("A neuron of a layer, or a channel of a map."),
        page="sharing",
    ),
    Term(
        "macro-f1",
        N_("macro F1"),
        N_("Precision and recall in one number for each class, then the mean over classes, so that rare ones count."),
        r"F_1 = \frac{2 P R}{P + R}",
    ),
)
"""In the order of their teaching."""

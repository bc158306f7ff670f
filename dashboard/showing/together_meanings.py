"""What the pictures of the Together page mean."""

from dashboard.showing.reading_aid import Meaning
from dashboard.words import N_

TOGETHER = {
    "lattice": Meaning(
        N_(
            "Each circle is a network for the tasks marked below it, blue where they gain over the tasks alone on average; a "
            "line adds a task, and is red where those that were there lose by it. Rings are chosen."
        ),
        r"v(S) = \frac{1}{|S|} \sum_{t \in S} g(t; S), \qquad e(S, u) = \frac{1}{|S|} \sum_{t \in S} "
        r"\big[g(t; S \cup \{u\}) - g(t; S)\big]",
        N_(
            "$g(t; S)$: task $t$'s headline test metric in a network that learns the set $S$ with equal weights, less that of "
            "the task alone, paired by seed, in points; of an error in hundredths of that of whoever knows no input. $v$ is "
            "the circle's colour and number, $e$ the line's. All networks have the same steps and batches. What is chosen is "
            "chosen on validation."
        ),
    ),
    "affinity": Meaning(
        N_(
            "Rows help columns: blue helps, red hurts; pale cells with ○ may be either, for their interval holds zero. Tasks "
            "that help each other stand together, and the tree says how near."
        ),
        r"a(s, t), \qquad d(s, t) = \max_{i, j} \bar a(i, j) - \bar a(s, t), \quad "
        r"\bar a(s, t) = \tfrac{1}{2}\big(a(s, t) + a(t, s)\big)",
        N_(
            "$a(s, t)$: how much task $s$ helps task $t$, mean over seeds. Trained pairs: what $t$ gains on validation in a "
            "network with $s$ alone, in points. All others are no gains: look ahead (TAG, Fifty et al. 2021): the share of "
            "$t$'s loss that one step of $s$ on the shared parameters takes away; by first order: the same from inner products "
            "of gradients; gradient cosine: of both tasks' gradients in the network that learns all; correlation of labels: "
            "without any training, and never below zero; probe: what a head for $t$ reads from a network of $s$ alone, against "
            "one of $t$. $d$: the distance in the tree (average linkage, optimal order of leaves), a little added so that the "
            "nearest have a branch."
        ),
    ),
    "predicted": Meaning(
        N_(
            "Each mark is a task in a set: if an affinity told beforehand who gains, marks of a colour would rise from left to "
            "right."
        ),
        r"\hat g(t; S) = \frac{1}{|S| - 1} \sum_{s \in S \setminus \{t\}} a(s, t)",
        N_(
            "$a(s, t)$: the affinity that is switched on; its mean over the others in the set predicts the gain (with trained "
            "pairs: the higher order approximation of Standley et al. 2020). Across: predicted; up: real, on test. Spearman's "
            "correlation is of each task for itself, since tasks gain on scales of their own."
        ),
    ),
    "budget": Meaning(
        N_(
            "Higher is better: each line chooses networks in another way, all are valued on test; the shaded gap between exact "
            "and the affinity switched on is the regret of trusting it."
        ),
        r"\max_{\mathcal{S}} \; \frac{1}{T} \sum_{t=1}^{T} \max_{S \in \mathcal{S}, \, t \in S} g(t; S) \quad "
        r"\text{with} \quad \sum_{S \in \mathcal{S}} c_S \le B",
        N_(
            "$\\mathcal{S}$: the networks that are built; $c_S$: what one costs, as a multiple of a network for one task (or 1 "
            "each); $B$: the budget. Exact: solved as an integer programme with the gains on validation in place of $g$; "
            "affinities: with what they predict. Regret: the exact choice's gain on test less the other's, paired by seed; it "
            "can be below zero, for both were chosen on validation. Random: all divisions of the tasks into so many groups. "
            "Standley et al. 2020."
        ),
    ),
    "own-groups": Meaning(
        N_("Drag tasks into networks, or move them with the arrow keys: what they gain so, and what is lost against the best."),
        r"\text{regret} = \frac{1}{T} \sum_{t=1}^{T} \big[ g(t; S^{*}_t) - g(t; S_t) \big]",
        N_(
            "$S_t$: the network in which you put task $t$; $S^{*}_t$: the one that answers it in the exact choice of the same "
            "cost. Both were trained: nothing here is a guess."
        ),
    ),
}
"""English texts by picture, for ``meanings``."""

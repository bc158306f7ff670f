"""What each picture of the results pages means: how to read it in one sentence, its formula, and the signs of the formula."""

from dashboard.showing.reading_aid import Meaning
from dashboard.showing.together_meanings import TOGETHER
from dashboard.showing.tradeoff_meanings import TRADEOFF
from dashboard.words import N_, _

_MEANINGS = {
    **TRADEOFF,
    **TOGETHER,
    "delta-m": Meaning(
        N_(
            "The mean gain over tasks, in percent of each task alone: positive is better, and the word comes from "
            "the interval alone."
        ),
        r"\Delta_m = \frac{1}{T} \sum_{t=1}^{T} 100 \cdot \frac{\pm\,(\bar{M}_t - \bar{B}_t)}{|\bar{B}_t|}",
        N_(
            "$\\bar{M}_t$: the mean over seeds of task $t$'s headline test metric; $\\bar{B}_t$: the same task trained "
            "alone (or another reference), with the same initial values, batches, budget and learning rate. The sign is turned "
            "where lower is better. The interval counts what each seed trains from and which test examples there happened to "
            "be. Where a reference is no better than chance there is no percentage, and the differences below tell more."
        ),
    ),
    "beside": Meaning(
        N_(
            "Right of the line is better than each task alone: under each kind of run stands a line a study, the mark its Δm "
            "and the bar its interval."
        ),
        r"\Delta_m^{A} = \frac{1}{T_A} \sum_{t=1}^{T_A} 100 \cdot \frac{\pm\,(\bar{M}^{A}_t - \bar{B}^{A}_t)}{|\bar{B}^{A}_t|}",
        N_(
            "$\\bar{M}^{A}_t$: the mean over seeds of task $t$'s headline test metric in study $A$; $\\bar{B}^{A}_t$: the same "
            "task trained alone in the same study; $T_A$: that study's tasks. Within a study runs are paired by seed. Studies "
            "are not paired with each other: bars that overlap do not show that two studies are equal, and of many verdicts "
            "one is easily right by chance. For a verdict between two ways, train both in one study."
        ),
    ),
    "transfer": Meaning(
        N_(
            "Right of the line is better than the reference: small rings are seeds, the filled mark their mean, the bar its "
            "interval over seeds and test examples."
        ),
        r"d_{ts} = \pm\,(M_{ts} - B_{ts}), \qquad \bar{d}_t \pm \sqrt{\left(t_{n-1}\, s_t / \sqrt{n}\right)^2 + "
        r"\left(t_{K-1}\, u_t\right)^2}",
        N_(
            "$M_{ts}$: task $t$'s headline test metric with seed $s$; $B_{ts}$: the same seed's run of that task "
            "alone, or of the reference. The sign is turned where lower is better, so positive is better. $s_t$: the spread "
            "over $n$ seeds; $u_t$: the standard error that comes from the test examples, found by leaving out each of $K$ "
            "parts of them (jackknife); more seeds do not make it smaller. The verdict is negative or positive when the whole "
            "interval lies on one side of zero, and unclear otherwise. Runs that diverged are left out and counted."
        ),
    ),
    "score-matrix": Meaning(
        N_(
            "A row is a moment, from before training to the end of each part; a longer bar is a better score on the validation "
            "split, in full colour where the task was learned in the part before. Down a column, what shrinks while a task "
            "waits is forgotten."
        ),
        r"F_j = \max_{i \ge f_j} R_{ij} - R_{Kj}, \qquad B_j = R_{Kj} - R_{f_j j}, \qquad A_j = R_{f_j - 1,\, j} - R_{0j}",
        N_(
            "$R_{ij}$: the headline validation metric of task $j$ after part $i$ of $K$, before training for $i = 0$; $f_j$: "
            "the first part in which task $j$ is learned. $F_j$: forgotten; $B_j$: backward transfer, which learning the task "
            "on counts for too; $A_j$: forward transfer. A task whose head is its own is asked through a head that has learned "
            "nothing before its first part, so $A_j$ says little there. Each seed is paired with itself; the sign is turned "
            "where lower is better. Bars begin at zero, or at the worst score where lower is better; the thin lines are "
            "intervals over seeds, cut at zero and at the best score. Runs without parts of their own stand at the same steps. "
            "Lopez-Paz and Ranzato 2017; Chaudhry et al. 2018."
        ),
    ),
    "cosine": Meaning(
        N_("Below zero, in the shaded zone, two tasks pull the shared parameters apart at that step."),
        r"\cos(g_a, g_b) = \frac{\langle g_a, g_b \rangle}{\|g_a\| \, \|g_b\|}",
        N_(
            "$g_a, g_b$: the gradients of two tasks' losses on the shared parameters of one run at one step, on one "
            "batch. Thin lines are seeds, the bold one is their mean. Small batches blur the angle: the larger the "
            "batch, the more of a lasting conflict shows. Yu et al. 2020, definition 1."
        ),
    ),
    "update": Meaning(
        N_(
            "Arrows point downhill, the way that parameters move: in the shaded part both losses fall. Up lies evenly between "
            "the two tasks."
        ),
        r"L_t(\theta + \Delta\theta) \approx L_t(\theta) + \langle \nabla L_t(\theta), \Delta\theta \rangle",
        N_(
            "$\\Delta\\theta$: what the optimizer really added to all parameters, shared and own; its arrow is as long as what "
            "went in, less what leaves the plane. The promise is first order: it fails where the loss bends. Of several "
            "updates it is taken at the first one's batch and gradients."
        ),
    ),
    "replay": Meaning(
        N_(
            "The same gradients under every method that needs nothing else; arrows are equally long, less what leaves the "
            "plane. In the rows, left of the line, a method's step raises that task's loss."
        ),
        r"d = \sum_t w_t \, g_t, \qquad \cos(d, g_t) = \frac{(G w)_t}{\sqrt{w^\top G w} \, \sqrt{G_{tt}}}",
        N_(
            "$G$: the inner products of the task gradients on the whole trunk, as recorded at that step of one run. $w$: the "
            "weights of a method with its own default options, or with those that the study has. Drawn by lot is what that run "
            "would have drawn."
        ),
    ),
    "magnitude": Meaning(
        N_("Near one, both tasks push equally hard; near zero, one task drowns the other."),
        r"\Phi(g_a, g_b) = \frac{2\, \|g_a\| \, \|g_b\|}{\|g_a\|^2 + \|g_b\|^2}",
        N_("$g_a, g_b$: as for the cosine. Yu et al. 2020, definition 2."),
    ),
    "share": Meaning(
        N_(
            "The share of recorded steps at which two tasks' gradients oppose each other; about half is what chance "
            "alone gives."
        ),
        r"s_{ab} = \frac{1}{K} \sum_{k=1}^{K} \mathbf{1}\big[\cos(g_a^k, g_b^k) < 0\big]",
        N_("$K$: the recorded steps of a run. Shown is the mean over seeds; the table has its interval over seeds."),
    ),
    "landscape": Meaning(
        N_(
            "Lines are the ways of the methods, rings their starts, marks where they are at the slider's step; the "
            "thick line is the Pareto set, where nothing is gained without a loss."
        ),
        r"x_{k+1} = x_k - \eta \, \mathrm{opt}\Big(\sum_t w_t \nabla L_t(x_k)\Big)",
        N_(
            "$w_t$: the method's weights; opt: the optimizer's rule. Arrows point downhill, each task's in its "
            "colour and the method's in grey; at every place the longest of the three has the full length. Left the "
            "numbers $x$, right the two losses there."
        ),
    ),
    "sharing": Meaning(
        N_(
            "Columns are tasks, rows are stages from the input up: ribbons are as wide as what flows, the band between two "
            "marks is as wide as what these tasks share there; colour in a box is one task's own."
        ),
        r"s_{tu} = \kappa_{tu} \sum_k \min(U_{tk}, U_{uk}), \qquad U_{l-1} = \mathrm{rownorm}(U_l N_l)",
        N_(
            "$U_{tk}$: how much of what task $t$ computes at a stage is module $k$'s, from the top down; $N_l$: what the "
            "modules of stage $l$ read below; $\\kappa_{tu}$: how alike two tasks treat a module, 1 unless the strategy traces "
            "it. $s$ is 1 where all is shared and 0 where nothing is. A task's own share is "
            "$\\sum_k \\max(0, U_{tk} - \\max_{u \\ne t} U_{uk})$. Tasks keep their places while the slider moves."
        ),
    ),
    "shared": Meaning(
        N_("The same in numbers, at the last step: 1 is all in common, 0 nothing; each title has the mean over pairs."),
        r"\bar{s} = \frac{2}{T (T-1)} \sum_{t < u} s_{tu}",
        N_(
            "$s_{tu}$: as above, mean over seeds. On the diagonal stands 1 wherever a task executes the stage. Structure is "
            "not function: two tasks may use different modules that compute the same, which only the similarity below shows."
        ),
    ),
    "alignment": Meaning(
        N_(
            "How alike two tasks see the same examples: 1 is the same up to rotation and scale, 0 unrelated. On the diagonal "
            "stands the same task in another seed, for scale."
        ),
        r"\mathrm{CKA} = \frac{\mathrm{HSIC}(K_t, K_u)}{\sqrt{\mathrm{HSIC}(K_t, K_t)\, \mathrm{HSIC}(K_u, K_u)}}",
        N_(
            "$K_t$: inner products of the centred features of task $t$ on the same validation examples, 256 at most, "
            "flattened; HSIC by the estimator without bias, so unrelated features may come out slightly below 0. Kornblith et "
            "al. 2019; Nguyen, Raghu and Kornblith 2021. Mean over seeds."
        ),
    ),
    "units": Meaning(
        N_(
            "A bar is a unit: colours say whose losses rise when it says the same for every example, grey above how much. One "
            "colour is a specialist, several are shared; pale units hardly matter."
        ),
        r"A_{ut} = \frac{L_t(h_u := \bar{h}_u) - L_t}{L_t^{\text{chance}}}, \qquad s_{ut} = \frac{\max(A_{ut}, 0)}{\sum_v "
        r"\max(A_{uv}, 0)}, \qquad 1 + \frac{\sum_t s_{ut} \log s_{ut}}{\log T}",
        N_(
            "$h_u$: a feature of a vector or of every word, or a channel of a map; $\\bar{h}_u$: its mean over validation "
            "examples, place by place, of texts over all words. $L_t^{chance}$: the loss of knowing nothing, so that tasks "
            "compare. The last is 0 for a unit that serves all alike and 1 for a specialist. What two units say alike, none of "
            "them is missed for. The file has besides what the losses' slopes foretell."
        ),
    ),
    "readable": Meaning(
        N_(
            "How much of a task a linear probe reads off a stage: 0 is chance, 1 is all right. What is high in the first row "
            "needs no network."
        ),
        r"\frac{m_t - m_t^{\text{chance}}}{1 - m_t^{\text{chance}}}, \qquad w = \arg\min \|y - Xw\|^2 + \alpha \|w\|^2",
        N_(
            "$m_t$: accuracy for classes, R² for numbers, F1 over all labels where several apply, on validation examples; "
            "chance: of the commonest answer. Ridge regression in closed form, classes as numbers of 0 and 1; $\\alpha$ has "
            "the least error when train examples are left out in turn. Below chance is drawn as 0. Texts are read as the "
            "mean of their words, large maps in blocks."
        ),
    ),
    "own-networks": Meaning(
        N_(
            "1: the task sees examples here as in its own network, up to rotation and scale. For scale stand beside it two "
            "networks of its own."
        ),
        r"\mathrm{CKA} = \frac{\mathrm{HSIC}(K, K')}{\sqrt{\mathrm{HSIC}(K, K)\, \mathrm{HSIC}(K', K')}}",
        N_(
            "$K, K'$: inner products of the centred features of a stage in two networks on the same validation examples; HSIC "
            "by the estimator without bias. Kornblith et al. 2019; Nguyen, Raghu and Kornblith 2021."
        ),
    ),
    "own-structure": Meaning(
        N_("What this strategy itself decides or learns, at the last step; mean over the seeds shown."),
        r"\bar{a} = \frac{1}{S} \sum_{s=1}^{S} a_s",
        N_("$a_s$: the number in the run of seed $s$, read on the same validation examples for all runs."),
    ),
    "gains": Meaning(
        N_(
            "Positive is better: ▲ and ▼ stand where that is clear among all strategies of the table, ○ where it is not, even "
            "beside an interval that leaves zero out."
        ),
        r"\tilde p_{(i)} = \max_{j \le i} \min\big(1, (m - j + 1)\, p_{(j)}\big)",
        N_(
            "Of $m$ verdicts one is easily right by chance; Holm's correction calls any of them clear by mistake in no more "
            "studies than a single interval would (Holm 1979). $p_{(j)}$: the $j$-th smallest p value, of the $m$ means over "
            "tasks against one reference, or of all tasks of all strategies. Intervals are each row's own. Against hard: "
            "$\\Delta_m$ with the same weighting under hard sharing as reference, paired by seed."
        ),
    ),
    "costs": Meaning(
        N_("Behind each number stands ×, its multiple of one single-task model for every task."),
        r"\times = \frac{\text{strategy}}{\sum_{t=1}^{T} \text{model of task } t \text{ alone}}",
        N_(
            "Parameters and FLOPs of a model alone: the plain backbone and its own head. Its times are those of a baseline, "
            "which computes all heads. Step time is one run's share of a step of all runs that were stepped with it, latency "
            "the time from one example to all answers."
        ),
    ),
    "try": Meaning(
        N_("Each card is a network: what it answers, how sure it is, and how long it takes; where the truth is known, ✓ or ✗."),
        r"p(c) = \frac{e^{z_c}}{\sum_k e^{z_k}}, \qquad p(\text{label}) = \frac{1}{1 + e^{-z}}",
        N_(
            "$z$: what the task's head gives. A class, a tag and the ends of an answer have the first kind of probability, "
            "labels of which several may be true the second, numbers none. How sure a network is need not be how often it is "
            "right. A number counts as right within half a standard deviation. Time: of one input, without reading it, on one "
            "thread of the CPU; alone, of all its networks one after another. The network is the one at the study's best "
            "validation step, or at its end, as the study says."
        ),
    ),
    "matrix": Meaning(
        N_("Each row is a task, each column a kind of run: blue gains over the task alone, red loses."),
        r"\Delta_t = 100 \cdot \frac{\pm\,(\bar{M}_t - \bar{B}_t)}{|\bar{B}_t|}",
        N_(
            "$\\bar{M}_t$: task $t$'s headline test metric; $\\bar{B}_t$: the task alone; ▲ ▼ ○: the verdict of the 95 "
            "% interval."
        ),
    ),
}
"""English texts by picture; ``meaning`` says them in the reader's language."""


def meaning(name: str) -> Meaning:
    """The meaning of a picture, in the reader's language.

    Raises:
        KeyError: no picture of that name.
    """
    found = _MEANINGS[name]
    return Meaning(_(found.sentence), found.formula, _(found.definition))

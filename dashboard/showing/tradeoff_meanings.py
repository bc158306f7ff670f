"""What the pictures of the Trade-off page mean."""

from dashboard.showing.reading_aid import Meaning
from dashboard.words import N_

TRADEOFF = {
    "plane": Meaning(
        N_(
            "Up and right is better; dashed lines are what each task reaches alone, and each dot on the line is "
            "another weighting."
        ),
        r"p \in \text{front} \iff \nexists\, q: \; q_t \ge p_t \;\forall t, \;\; q_t > p_t \;\exists t",
        N_(
            "$p_t$: the mean over seeds of task $t$'s headline test metric. A point on the front cannot be beaten in "
            "one task without losing in another. Small dots are seeds; bars of the close-up are 95 % intervals over "
            "seeds."
        ),
    ),
    "triangle": Meaning(
        N_(
            "Each place in the triangle is a weighting: at a corner one task has all the weight, in the middle all "
            "have a third."
        ),
        r"w \in \Delta^{2} = \{\, w : w_t \ge 0,\; w_1 + w_2 + w_3 = 1 \,\}",
        N_(
            "Colour is the mean over seeds of the test metric chosen, or $\\Delta_m$, the mean gain over tasks in "
            "percent of each task alone. Methods stand where their effective weights lay on average; those with "
            "negative weights have no place."
        ),
    ),
    "pairs": Meaning(
        N_("The same runs, two tasks at a time: up and right is better, dashed lines are what each task reaches alone."),
        r"p = (\bar{M}_a, \bar{M}_b)",
        N_("$\\bar{M}_t$: the mean over seeds of task $t$'s headline test metric."),
    ),
    "fronts": Meaning(
        N_(
            "On a scale where 0 is chance and 1 is each task alone: hypervolume is what the front covers, and never tells "
            "without its span, for one good point may cover more than a whole front."
        ),
        r"f_t = \max\Big(0,\; 1 + \frac{m_t - b_t}{\bar{b}_t - c_t}\Big), \qquad "
        r"\mathrm{HV} = \mathrm{vol} \bigcup_{a} \prod_t [0, f_t(a)]",
        N_(
            "$m_t$: task $t$'s headline test metric; $b_t$: the task alone with the same seed; $\\bar{b}_t$: its mean; $c_t$: "
            "the best answer that looks at no input. Below chance counts as 0. All runs count, whatever is shown above. Every "
            "seed has a front of its own; numbers are means over seeds, intervals over seeds alone. IGD+ and epsilon say how "
            "far a front is behind what no label of the seed beats, all of the study's together: on average and at worst, 0 "
            "is best. Span and gap: from a front's worst to its best in a task, and its largest step. Knee: the point "
            "farthest beyond the line through the front's ends. Zitzler et al. 2003; Ishibuchi et al. 2015."
        ),
    ),
    "preferences": Meaning(
        N_(
            "A place stands for how much each task counts for somebody, and its colour and mark for what serves them best; "
            "with two tasks the lines say what every other choice loses. Bold, or a filled mark, is clear over seeds."
        ),
        r"R(w) = \max_{l} \langle w, \bar{f}_l \rangle - \langle w, \bar{f} \rangle",
        N_(
            "$w$: how much each task counts, 1 in sum; $\\bar{f}$: a label's mean over seeds on the scale above. All fixed "
            "weightings of a strategy are one choice, its best one at each $w$; one model is asked for the weighting next to "
            "$w$. Clear: the interval over seeds of what the winner is ahead of the best of any other method lies above zero, "
            "without a correction for looking at many preferences. The mean of $R$ over all $w$ alike ranks what to choose "
            "for who does not know $w$."
        ),
    ),
    "choose": Meaning(
        N_(
            "Higher on validation is better; what lies in the band is within one standard error of the best, and larger marks "
            "are chosen more often. Validation flatters what it chose: read the test beside it."
        ),
        r"\bar{d} \pm t_{n-1} \sqrt{\left(\frac{1}{n} + q\right) s^2}",
        N_(
            "On the axis: the mean over tasks of the headline metric on validation, each in standard deviations over the "
            "study's runs, mean over seeds and folds, less that of equal weights. Of all in the band the one nearest to equal "
            "weights is the simplest, which is our order (one standard error rule, Breiman et al. 1984). $d$: test of the "
            "chosen minus test of equal weights, paired by seed and fold, $s^2$ its variance over $n$ runs; $q$: a fold's "
            "examples for each that is trained on, 0 without folds (Nadeau and Bengio 2003). Nested: chosen on the inner folds "
            "of each fold, judged on that fold, which the choice never saw. Weightings that leave a task out are no choice."
        ),
    ),
    "one-model": Meaning(
        N_(
            "Filled dots are one model asked for each weighting, open squares are runs trained for that weighting alone; the "
            "dotted line between the two is the gap, the price of having one model. The slider moves along the front; in "
            "brackets is the run trained for that weighting."
        ),
        r"\text{price} = \frac{1}{|W|} \sum_{w \in W} \frac{1}{|T_w|} \sum_{t \in T_w} 100 \cdot "
        r"\frac{\pm\,(\bar{M}_t(w) - \bar{M}^{w}_t)}{|\bar{B}_t|}",
        N_(
            "$\\bar{M}_t(w)$: the mean over seeds of task $t$'s headline test metric when the one model is asked for the "
            "weighting $w$; $\\bar{M}^{w}_t$: that of the run trained with $w$ from the same seeds; $\\bar{B}_t$: the task "
            "alone. $T_w$: the tasks that have weight in $w$, one at a corner, where the dashed line is the run of the task "
            "alone. All after the last step; the sign is turned where lower is better, so below zero one model is worse. The "
            "interval is over seeds. Dimitriadis et al. 2025; Navon et al. 2021."
        ),
    ),
    "next-point": Meaning(
        N_(
            "Between two neighbours on the front no other weighting can win more than the rectangle between them. The largest "
            "is where one more weighting tells most; when even that is smaller than what seeds differ by, the map is as fine "
            "as these seeds can show."
        ),
        r"\text{bound} = (f_1^b - f_1^a)(f_2^a - f_2^b), \qquad \frac{w_1}{w_2} = \frac{f_2^a - f_2^b}{f_1^b - f_1^a}",
        N_(
            "$f_t$: the mean over seeds of task $t$'s headline metric on validation, in parts of its range over the map; "
            "$a, b$: neighbours on the front. The next weighting is the normal of their chord, or the middle where that lies "
            "elsewhere. Of three tasks the triangle of trained weightings with the largest image times its longest side is "
            "divided. Cohon, Church & Sheer 1979."
        ),
    ),
}

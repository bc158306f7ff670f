"""The methods that weigh the losses: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.paths import JOINING, WAYS
from mtl_core.spec.table import MethodEntry

_IDEAL = Option(
    "ideal",
    "choice",
    "zero",
    "what a loss is measured from: zero, or the least that the run has seen",
    choices=("zero", "least"),
)

PREFERENCE = Option(
    "p", "simplex", None, "how much each task counts, one number a task with sum 1; none for all the same", symbol="p"
)
"""The preference vector of the methods whose paper has one."""

_RAY = Option(
    "p",
    "simplex",
    None,
    "the proportions that the losses are brought to: a task with a larger number may keep a larger loss; none for all the same",
    symbol="p",
)

LOSS_METHODS: tuple[MethodEntry, ...] = (
    MethodEntry(
        "equal",
        "Equal weights",
        "Every task counts the same.",
        "mtl_core.balancing.fixed:Fixed",
        formula=r"w_t = 1 / T",
    ),
    MethodEntry(
        "fixed",
        "Fixed weights",
        "Every task counts as much as you say, from the first step to the last.",
        "mtl_core.balancing.fixed:Fixed",
        formula=r"\textstyle\sum_t w_t L_t",
        selectable=False,
    ),
    MethodEntry(
        "uw",
        "Uncertainty weighting",
        "Learns how noisy each task is and listens less to the noisy ones.",
        "mtl_core.balancing.uw:UncertaintyWeighting",
        (Option("noise_learning_rate", "number", 0.01, "how fast the noise levels are learned", 1e-5, 1, logarithmic=True),),
        source="Kendall, Gal & Cipolla 2018 (CVPR)",
        scale="no fixed sum: exp(-s)/2 each, 1/2 at the start",
        formula=r"\min_{\theta, s} \textstyle\sum_t \frac12 \left( e^{-s_t} L_t + s_t \right), \quad w_t = \frac12 e^{-s_t}",
    ),
    MethodEntry(
        "dwa",
        "Dynamic weight average",
        "Gives more weight to tasks whose loss has been falling slowly.",
        "mtl_core.balancing.dwa:DynamicWeightAverage",
        (
            Option(
                "temperature", "number", 2.0, "the higher, the more equal the weights", 0.01, 100, symbol="T", logarithmic=True
            ),
        ),
        source="Liu, Johns & Davison 2019 (CVPR)",
        scale="sum to the number of tasks",
        formula=r"w_t = T \, \mathrm{softmax}_t(r / \tau), \quad r_t = \bar L_t^{(k-1)} / \bar L_t^{(k-2)}",
    ),
    MethodEntry(
        "gradnorm",
        "GradNorm",
        "Learns weights that keep all tasks training at similar speed.",
        "mtl_core.balancing.gradnorm:GradNorm",
        (
            Option("alpha", "number", 1.5, "how strongly tasks that lag behind are favoured", 0, 10, symbol="α"),
            Option("weight_learning_rate", "number", 0.025, "how fast the weights are learned", 1e-5, 1, logarithmic=True),
        ),
        source="Chen, Badrinarayanan, Lee & Rabinovich 2018 (ICML)",
        signals="gramian",
        scale="sum to the number of tasks",
        formula=r"\min_w \textstyle\sum_t \big| w_t \|g_t\| - \bar G \, r_t^{\alpha} \big|, \quad \sum_t w_t = T",
    ),
    MethodEntry(
        "rlw",
        "Random loss weighting",
        "Draws new weights at every step: the baseline that any cleverer method should beat.",
        "mtl_core.balancing.rlw:RandomLossWeighting",
        source="Lin, Ye, Zhang & Tsang 2022 (TMLR)",
        formula=r"w = \mathrm{softmax}(z), \quad z_t \sim \mathcal{N}(0, 1)",
    ),
    MethodEntry(
        "gls",
        "Geometric loss strategy",
        "Multiplies the losses instead of adding them, so that their scales do not matter.",
        "mtl_core.balancing.gls:GeometricLossStrategy",
        source="Chennupati, Sistu, Yogamani & Rawashdeh 2019 (CVPR workshops)",
        scale="no fixed sum: each weight times its loss is the same",
        formula=r"\min \big(\textstyle\prod_t L_t\big)^{1/T}, \quad w_t = \frac{1}{T L_t} \big(\prod_s L_s\big)^{1/T}",
    ),
    MethodEntry(
        "si",
        "Scale-invariant",
        "Adds the logarithms of the losses, so that each counts by its relative progress.",
        "mtl_core.balancing.si:ScaleInvariant",
        source="the baseline of Navon et al. 2022 (ICML)",
        scale="no fixed sum: each weight times its loss is one, so that of a solved task is large",
        formula=r"\min \textstyle\sum_t \log L_t, \quad w_t = 1 / L_t",
    ),
    MethodEntry(
        "imtl_l",
        "IMTL-L",
        "Learns a scale for every loss that brings all of them to the same size.",
        "mtl_core.balancing.imtl_l:IMTLL",
        (Option("scale_learning_rate", "number", 0.01, "how fast the scales are learned", 1e-5, 1, logarithmic=True),),
        source="Liu, Li, Kuang, Xue, Chen, Yang, Liao & Zhang 2021 (ICLR)",
        scale="no fixed sum: exp(s) each, 1 at the start",
        formula=r"\min_{\theta, s} \textstyle\sum_t \left( e^{s_t} L_t - s_t \right), \quad w_t = e^{s_t}",
    ),
    MethodEntry(
        "stch",
        "Smooth Tchebycheff",
        "Cares most for the task that is worst off, without jumping from one to the other.",
        "mtl_core.balancing.tchebycheff:SmoothTchebycheff",
        (
            Option(
                "mu", "number", 0.1, "how smooth: near 0 only the worst task counts", 1e-4, 100, symbol="μ", logarithmic=True
            ),
            _IDEAL,
            PREFERENCE,
        ),
        source="Lin, Zhang, Yang, Liu, Wang & Zhang 2024 (ICML)",
        scale="sum to one over the number of tasks",
        formula=r"\min \, \mu \log \textstyle\sum_t \exp\big( \lambda_t (L_t - z_t) / \mu \big), \quad \lambda = p",
    ),
    MethodEntry(
        "tchebycheff",
        "Tchebycheff",
        "At every step trains only the task that is worst off.",
        "mtl_core.balancing.tchebycheff:Tchebycheff",
        (_IDEAL, PREFERENCE),
        source="Miettinen 1999",
        scale="sum to one over the number of tasks",
        formula=r"\min \max_t \lambda_t (L_t - z_t), \quad \lambda = p",
    ),
    MethodEntry(
        "pbi",
        "PBI",
        "Brings the losses to the proportions you ask for, and then down together.",
        "mtl_core.balancing.pbi:PBI",
        (
            Option("theta", "number", 5.0, "how much the distance from those proportions counts", 0, 100, symbol="θ"),
            _IDEAL,
            _RAY,
        ),
        source="Zhang & Li 2007 (MOEA/D, IEEE Transactions on Evolutionary Computation)",
        scale="no fixed sum: a task that is ahead of its proportion may have a negative weight",
        formula=r"\min \, d_1 + \theta d_2, \quad d_1 = \langle L - z, \hat p \rangle, \quad d_2 = \| L - z - d_1 \hat p \|, "
        r"\quad \hat p = p / \|p\|",
    ),
    MethodEntry(
        "cosmos",
        "COSMOS",
        "Weighs the losses by preference and pulls them to its proportions.",
        "mtl_core.balancing.cosmos:COSMOS",
        (Option("penalty", "number", 1.0, "how much the proportions count; 0 is fixed weights", 0, 100, symbol="λ"), _RAY),
        source="Ruchte & Grabocka 2021 (ICDM)",
        scale="no fixed sum: a task that is ahead of its proportion may have a negative weight",
        formula=r"\min \textstyle\sum_t p_t L_t - \lambda \cos(p, L)",
    ),
    MethodEntry(
        "famo",
        "FAMO",
        "Watches what each step did to the losses and gives weight to the one that fell least.",
        "mtl_core.balancing.famo:FAMO",
        (
            Option("weight_learning_rate", "number", 0.025, "how fast the weights are learned", 1e-5, 1, logarithmic=True),
            Option("gamma", "number", 0.01, "pull of the weights back to where they started", 0, 1, symbol="γ"),
            PREFERENCE,
        ),
        source="Liu, Feng, Stone & Liu 2023 (NeurIPS)",
        extra="next_losses",
        formula=r"w_t \propto z_t / L_t, \quad z = \mathrm{softmax}(\xi), \quad "
        r"\xi \leftarrow \xi - \beta \big( \nabla_\xi z^\top (\log L - \log L') + \gamma \xi \big)",
    ),
    MethodEntry(
        "go4align",
        "GO4Align",
        "Brings losses to one scale and gives tasks that progress alike the same weight.",
        "mtl_core.balancing.go4align:GO4Align",
        (
            Option("groups", "integer", 2, "how many groups the tasks are put into", 1, 20, unit="groups", symbol="K"),
            Option("step_size", "number", 1e-4, "how fast low losses are remembered", 0, 1, symbol="η"),
        ),
        source="Shen, Xu, Wang, Ding, Snoek & Worring 2024 (NeurIPS)",
        scale="no fixed sum: 1 each for equal losses",
        formula=r"w_t = \mathrm{mean}_{s \in \mathrm{group}(t)} \; p_s \textstyle\sum_r L_r / L_s, "
        r"\quad p_t \propto p_t e^{-\eta L_t}",
    ),
    MethodEntry(
        "cov",
        "CoV-Weighting",
        "Gives more weight to tasks whose loss still varies much around its mean.",
        "mtl_core.balancing.cov:CoVWeighting",
        source="Groenendijk, Karaoglu, Gevers & Mensink 2021 (WACV)",
        formula=r"w_t = c_t / \textstyle\sum_s c_s, \quad c_t = \sigma_{\ell_t} / \mu_{\ell_t}, \quad \ell_t = L_t / \mu_{L_t}",
    ),
    MethodEntry(
        "path",
        "Path of weights",
        "Weights that change with time: tasks join later, come one after another, or take turns.",
        "mtl_core.balancing.path:Path",
        (
            Option(
                "way",
                "path",
                JOINING,
                "joining: tasks join one after another, in their order (a curriculum); sequential: one after another, each "
                "alone; alternating: they take turns, a step each; or rows of your own, a weight for each task, every row for "
                "an equal share of the steps",
                choices=WAYS,
            ),
        ),
        source="Caruana 1997 (Machine Learning); Bengio, Louradour, Collobert & Weston 2009 (ICML)",
        formula=r"w^{(s)} = p_k, \quad k = \lceil K (s + 1) / S \rceil",
    ),
)

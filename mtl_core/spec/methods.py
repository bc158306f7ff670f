"""The balancing methods: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.table import MethodEntry, table

METHODS: dict[str, MethodEntry] = table(
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
        "mgda",
        "MGDA",
        "Takes the shortest step that no task objects to.",
        "mtl_core.balancing.mgda:MGDA",
        (
            Option(
                "normalisation",
                "choice",
                "none",
                "what each gradient is divided by before the weights are found",
                choices=("none", "l2", "loss", "loss+"),
            ),
        ),
        source="Désidéri 2012; Sener & Koltun 2018 (NeurIPS)",
        signals="gramian",
        scope="trunk",
        formula=r"w = \arg\min_{w \in \Delta} \big\| \textstyle\sum_t w_t g_t \big\|^2",
    ),
    MethodEntry(
        "pcgrad",
        "PCGrad",
        "Where two tasks pull against each other, removes the part of each that opposes the other.",
        "mtl_core.balancing.pcgrad:PCGrad",
        source="Yu, Kumar, Gupta, Levine, Hausman & Finn 2020 (NeurIPS)",
        signals="gramian",
        scope="trunk",
        scale="sum to the number of tasks or more",
        formula=r"g_i' \leftarrow g_i' - \min(0, \langle g_i', g_j \rangle) \, g_j / \|g_j\|^2, \quad d = \sum_i g_i'",
    ),
    MethodEntry(
        "nash_mtl",
        "Nash-MTL",
        "Finds the step that tasks would agree on if they bargained.",
        "mtl_core.balancing.nash_mtl:NashMTL",
        (
            Option("update_every", "integer", 1, "steps between new weights", 1, 1000, unit="steps"),
            Option("max_norm", "number", 0.0, "longest combined gradient; 0 for no limit", 0, 1e6),
        ),
        source="Navon, Shamsian, Achituve, Maron, Kawaguchi, Chechik & Fetaya 2022 (ICML)",
        signals="gramian",
        scope="trunk",
        scale="no fixed sum: the combined gradient has length √T",
        formula=r"G w = 1 / w",
    ),
    MethodEntry(
        "graddrop",
        "GradDrop",
        "At each parameter lets only pushes in one direction through, drawn by lot.",
        "mtl_core.balancing.graddrop:GradDrop",
        (Option("leak", "number", 0.0, "share of each gradient that passes unmasked; 1 is the plain sum", 0, 1, symbol="ℓ"),),
        source="Chen, Ngiam, Huang, Luong, Kretzschmar, Chai & Anguelov 2020 (NeurIPS)",
        signals="jacobian",
        scope="trunk",
        scale="1 each without conflict; least-squares weights of a masked sum",
        formula=r"d = \textstyle\sum_t \left(\ell + (1 - \ell) M_t\right) g_t",
    ),
)

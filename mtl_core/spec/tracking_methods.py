"""The methods that keep gradients from step to step, or ask for further batches: one line each."""

from mtl_core.spec.loss_methods import PREFERENCE
from mtl_core.spec.option import Option
from mtl_core.spec.table import MethodEntry

TRACKING_METHODS: tuple[MethodEntry, ...] = (
    MethodEntry(
        "moco",
        "MoCo",
        "Averages the noise out of each task's gradient before looking for a step that no task objects to.",
        "mtl_core.balancing.moco:MoCo",
        (
            Option("beta", "number", 0.5, "how fast the averages follow; 1 forgets at once", 0.001, 1, symbol="β"),
            Option("gamma", "number", 0.1, "how fast the weights move", 1e-4, 100, symbol="γ", logarithmic=True),
            Option("rho", "number", 0.0, "pull towards equal weights", 0, 1, symbol="ρ"),
        ),
        source="Fernando, Shen, Liu, Chaudhury, Murugesan & Chen 2023 (ICLR)",
        signals="jacobian",
        keeps_gradients=True,
        scope="trunk",
        scale="no fixed sum: least-squares weights of averaged gradients",
        formula=r"d = Y^\top \lambda, \quad y_t \leftarrow y_t + \beta (g_t - y_t), "
        r"\quad \lambda \leftarrow \Pi_\Delta\big(\lambda - \gamma (Y Y^\top + \rho I) \lambda\big)",
    ),
    MethodEntry(
        "db_mtl",
        "DB-MTL",
        "Takes logarithms of the losses and brings all averaged gradients to one length.",
        "mtl_core.balancing.db_mtl:DBMTL",
        (Option("beta", "number", 0.9, "how much of the averages is kept at each step", 0, 0.999, symbol="β"),),
        source="Lin, Jiang, Ye, Zhang, Chen, Chen, Liu & Kwok 2023",
        signals="jacobian",
        keeps_gradients=True,
        scope="trunk",
        scale="no fixed sum: least-squares weights of averaged gradients, and that of a solved task is large",
        formula=r"d = \max_s \|y_s\| \textstyle\sum_t y_t / \|y_t\|, "
        r"\quad y_t \leftarrow \beta y_t + (1 - \beta) \nabla \log L_t",
    ),
    MethodEntry(
        "excess_mtl",
        "ExcessMTL",
        "Favours tasks that can still get much better, not those that are merely noisy.",
        "mtl_core.balancing.excess_mtl:ExcessMTL",
        (Option("step_size", "number", 0.01, "how fast the weights move", 1e-5, 10, symbol="η", logarithmic=True),),
        source="He, Zou, Guo & Zhao 2024 (ICML)",
        signals="jacobian",
        keeps_gradients=True,
        formula=r"w_t \propto w_t \exp\big(\eta E_t / E_t^{(1)}\big), "
        r"\quad E_t = g_t^\top \mathrm{diag}\big(\textstyle\sum_k g_{t,k}^2\big)^{-1/2} g_t",
    ),
    MethodEntry(
        "modo",
        "MoDo",
        "Learns which step no task objects to, from two independent batches so that noise does not mislead it.",
        "mtl_core.balancing.double_sampling:MoDo",
        (
            Option("gamma", "number", 0.1, "how fast the weights move", 1e-4, 100, symbol="γ", logarithmic=True),
            Option("rho", "number", 0.0, "pull towards equal weights", 0, 1, symbol="ρ"),
        ),
        source="Chen, Fernando, Ying & Chen 2023 (NeurIPS; JMLR 2024)",
        signals="jacobian",
        extra="second_batch",
        scope="trunk",
        formula=r"w \leftarrow \Pi_\Delta\big(w - \gamma (J_1 J_2^\top + \rho I) w\big)",
    ),
    MethodEntry(
        "sdmgrad",
        "SDMGrad",
        "MoDo that is drawn towards the mean gradient.",
        "mtl_core.balancing.double_sampling:SDMGrad",
        (
            Option("pull", "number", 0.3, "how strongly the mean gradient draws", 0, 100, symbol="λ"),
            Option("weight_learning_rate", "number", 0.1, "how fast the weights move", 1e-4, 100, symbol="β", logarithmic=True),
            PREFERENCE,
        ),
        source="Xiao, Ban & Ji 2023 (NeurIPS)",
        signals="jacobian",
        extra="second_batch",
        scope="trunk",
        scale="no fixed sum: one and the pull together",
        formula=r"d = J_1^\top (w + \lambda p), \quad w \leftarrow \Pi_\Delta\big(w - \beta J_1 J_2^\top (w + \lambda p)\big)",
    ),
    MethodEntry(
        "auto_lambda",
        "Auto-Lambda",
        "Tries each step first, and gives weight to tasks whose gradient helps on examples of another batch.",
        "mtl_core.balancing.lookahead:AutoLambda",
        (Option("weight_learning_rate", "number", 0.003, "how fast the weights are learned", 1e-5, 1, logarithmic=True),),
        source="Liu, James, Davison & Johns 2022 (TMLR)",
        signals="jacobian",
        extra="lookahead",
        scale="no fixed sum: one at the start",
        formula=r"\min_w \textstyle\sum_j L_j^{\mathrm{outer}}\big(\theta - \eta \sum_t w_t g_t\big)",
    ),
    MethodEntry(
        "moml",
        "MoML",
        "Tries each step first, and moves the weights so that every task gains on examples of another batch.",
        "mtl_core.balancing.lookahead:MoML",
        (Option("weight_learning_rate", "number", 0.01, "how fast the weights are learned", 1e-5, 1, logarithmic=True),),
        source="Ye, Lin, Yue, Guo, Xiao & Zhang 2021 (NeurIPS)",
        signals="jacobian",
        extra="lookahead",
        formula=r"\min_a \big(L_1^{\mathrm{outer}}, \dots, L_T^{\mathrm{outer}}\big)"
        r"\big(\theta - \eta \textstyle\sum_t w_t g_t\big), \quad w = \mathrm{softmax}(a)",
    ),
    MethodEntry(
        "forum",
        "FORUM",
        "Lowers every task's loss on another batch while the weighted training loss keeps falling.",
        "mtl_core.balancing.forum:FORUM",
        (
            Option("phi", "number", 0.1, "how fast the room in the training loss must shrink", 0, 10, symbol="φ"),
            Option("weight_learning_rate", "number", 0.01, "how fast the weights are learned", 1e-5, 1, logarithmic=True),
        ),
        source="Ye, Lin, Cao, Zhang & Tsang 2024 (ECAI)",
        signals="jacobian",
        extra="lookahead",
        scope="trunk",
        scale="no fixed sum: least-squares weights of another batch's gradients, and that of a solved task is large",
        formula=r"d = \textstyle\sum_t \lambda_t f_t + \nu \nabla q, "
        r"\quad q = \sum_t w_t \big(L_t(\theta) - L_t(\hat\theta)\big)",
    ),
)

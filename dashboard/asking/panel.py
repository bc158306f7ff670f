"""The Play page's controls: what to learn, how to share, how to weigh, how to train."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.data_folder import data_folder
from dashboard.asking.forms import (
    begin_again,
    begin_with,
    locked,
    option_input,
    option_inputs,
    option_label,
    place_of,
)
from dashboard.asking.lines import chosen_line, chosen_lines, form_key, line_options, select_line
from dashboard.asking.phases import phases
from dashboard.asking.starting import start
from dashboard.asking.upload import table_controls
from dashboard.asking.weightings import weightings
from dashboard.fitting import Draft, follow, option_values, settle
from dashboard.words import _, escape_markdown
from mtl_core.errors import DataError, SeesawError
from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, STRATEGIES, SUITES
from mtl_core.spec.sampling import SAMPLINGS, sources
from mtl_core.spec.table import StrategyEntry, SuiteEntry
from mtl_core.spec.together import goes_with

PLAIN = {option.name: option for option in OPTIONS}
"""The study's own settings by name."""

MAIN = ("seeds", "steps", "learning_rate", "batch_size")
"""The plain settings that are always in sight; the others are under "more"."""

ELSEWHERE = ("device", "looks", "nested", "equal_parameters", "loss_scales", "start")


def panel(draft: Draft, devices: Sequence[str]) -> Draft:
    """Draw the controls and return what they say.

    Args:
        draft: what they show when they are new on the page.
        devices: the devices that workers report.
    """
    chosen = dict(draft)
    _heading(_("Learn"))
    chosen["suite"] = _suite(draft)
    if option_values(chosen["suite"])["name"] != option_values(draft["suite"])["name"]:
        chosen["tasks"] = None
    chosen = settle(chosen)
    chosen["tasks"] = _tasks(chosen)
    chosen = fitted(chosen, draft)
    if words := st.session_state.get(form_key("replaced")):
        st.caption(f":material/info: {words}")
    _heading(_("Share the network"))
    chosen["strategies"] = _strategies(chosen)
    chosen["equal_parameters"] = _equal_parameters(chosen)
    chosen["backbone"] = _backbone(chosen)
    _heading(_("Weigh"))
    chosen["methods"] = _methods(chosen)
    chosen["weights"] = weightings(chosen["weights"], chosen["tasks"])
    chosen["loss_scales"] = _loss_scales(chosen)
    _heading(_("Train"))
    chosen |= option_inputs([PLAIN[name] for name in MAIN], state.FORM, _numbers(chosen))
    chosen["start"] = start(chosen)
    chosen["sampling"] = _sampling(chosen)
    chosen["phases"] = phases(chosen)
    chosen["seeds"] = _seeds(chosen["seeds"], draft["seeds"])
    # Earlier looks belong to a longer study of the same question; with other seeds it is a new one.
    chosen["looks"] = draft["looks"] if chosen["seeds"] == draft["seeds"] else []
    optimizer, device = st.columns(2)
    with optimizer:
        chosen["optimizer"] = chosen_line(OPTIMIZERS, "optimizer", _("Optimizer"), chosen["optimizer"], options=False)
    with device:
        chosen["device"] = _device(chosen["device"], devices)
    return _more(chosen)


def fitted(chosen: Draft, before: Draft) -> Draft:
    """The draft with what follows from its suite and tasks where they are others than before; its controls then show that."""
    draft, replaced = follow(chosen, before)
    if draft is chosen:
        return chosen
    if option_values(draft["backbone"])["name"] != option_values(before["backbone"])["name"]:
        replaced = (*replaced, "backbone")
    begin_again(*(form_key(name) for name in draft if name not in ("suite", "tasks") and draft[name] != before.get(name)))
    titles = {
        "weights": _("Map of weightings"),
        "methods": _("Balancing methods"),
        "strategies": _("Sharing strategies"),
        "backbone": _("Backbone"),
        "optimizer": _("Optimizer"),
        "phases": _("Phases"),
        "sampling": _("Task sampling"),
    }
    names = [titles.get(name) or option_label(PLAIN[name]) for name in dict.fromkeys(replaced)]
    words = _("Set to what is usual here, because this suite cannot have what it was: {names}.").format(names=", ".join(names))
    st.session_state[form_key("replaced")] = words if names else ""
    return draft


def _heading(text: str) -> None:
    st.markdown(f"**{text}**")


def _suite(draft: Draft) -> dict[str, Any]:
    current = option_values(draft["suite"])
    name = select_line(SUITES, "suite", _("Suite"), list(SUITES), current["name"])
    st.caption(_(SUITES[name].summary))
    values = {key: value for key, value in current.items() if key != "name"} if name == current["name"] else {}
    # A path is never typed or taken from a link: only what was uploaded, or lies in the data folder, can be learned from.
    return {"name": name} | (table_controls(values) if name == "csv" else _suite_options(SUITES[name], values))


def _suite_options(entry: SuiteEntry, values: Mapping[str, Any]) -> dict[str, Any]:
    # Which files were read follows from what lies in the folder, and is nobody's to type.
    asked = [option for option in entry.options if option.name != "sha256" and not option.follows]
    chosen = option_inputs(asked, form_key("suite", entry.name), values)
    if entry.files:
        try:
            st.caption(
                _("From the data folder: {files}.").format(files=escape_markdown("; ".join(entry.load().found(**chosen))))
            )
        except DataError as missing:
            st.warning(escape_markdown(str(missing)), icon=":material/folder_off:")
        data_folder()
    return chosen


def _tasks(draft: Draft) -> list[str]:
    suite = option_values(draft["suite"])
    name = suite.pop("name")
    try:
        known = list(SUITES[name].load().names(**SUITES[name].check(suite)))
    except SeesawError:
        return list(draft["tasks"] or [])
    if name == "csv":
        # The columns to predict were chosen above; they are the tasks.
        return known
    key = form_key("tasks", name)
    begin_with(key, [task for task in draft["tasks"] or known if task in known])
    state.keep_valid(key, known)
    chosen = st.pills(
        _("Tasks"),
        known,
        default=st.session_state[key],
        selection_mode="multi",
        key=key,
        format_func=escape_markdown,
        help=_("Two or more."),
        disabled=locked(),
    )
    return [task for task in known if task in chosen]


def _backbone(draft: Draft) -> dict[str, Any]:
    suite = SUITES[option_values(draft["suite"])["name"]]
    fitting = [entry.name for entry in BACKBONES.values() if goes_with(entry, suite)]
    chosen = chosen_line(BACKBONES, "backbone", _("Backbone"), draft["backbone"], fitting)
    examples = {
        "vector": _("Not for this suite, whose examples are rows of numbers: {names}."),
        "image": _("Not for this suite, whose examples are pictures: {names}."),
        "tokens": _("Not for this suite, whose examples are texts: {names}."),
        "parts": _("Not for this suite, whose examples have several parts: {names}."),
    }[suite.shape]
    answers = _("Not for this suite, whose tasks ask about every word or pixel: {names}.")
    others = [entry for entry in BACKBONES.values() if entry.name not in fitting]
    for words, reads in ((examples, False), (answers, True)):
        if names := [_(entry.title) for entry in others if (suite.shape in entry.accepts) == reads]:
            st.caption(words.format(names=", ".join(names)))
    return chosen


def _sampling(draft: Draft) -> Any:
    """Only where rows are of different tasks, so that there is something to choose between."""
    if len(sources(option_values(draft["suite"])["name"], draft["tasks"])) < 2:
        return draft["sampling"]
    return chosen_line(SAMPLINGS, "sampling", _("Task sampling"), draft["sampling"])


def _strategies(draft: Draft) -> list[Any]:
    fitting = {name: entry for name, entry in STRATEGIES.items() if _fits(entry, draft)}
    chosen = chosen_lines(
        fitting,
        "strategies",
        draft["strategies"],
        title=_("Sharing strategies"),
        help_text=_(
            "Each is trained with every method and weighting below, on the same batches and against the same baselines."
        ),
        placeholder=_("Choose one or more"),
    )
    others = [_(entry.title) for name, entry in STRATEGIES.items() if name not in fitting]
    if others:
        words = _("Not for this suite, whose tasks all read the same examples: {names}.")
        st.caption(words.format(names=", ".join(others)))
    return chosen


def _fits(entry: StrategyEntry, draft: Draft) -> bool:
    """Whether a strategy can be had for the suite that was chosen."""
    return SUITES[option_values(draft["suite"])["name"]].per_task or not entry.per_task


def _methods(draft: Draft) -> list[Any]:
    return chosen_lines(
        {name: entry for name, entry in METHODS.items() if entry.selectable},
        "methods",
        draft["methods"],
        title=_("Balancing methods"),
        help_text=_("Each method decides, step by step, how much every task's gradient counts."),
        placeholder=_("None: fixed weightings only"),
        tasks=draft["tasks"],
    )


def _equal_parameters(draft: Draft) -> str:
    """Only where there is something to match."""
    option = PLAIN["equal_parameters"]
    given = str(draft[option.name])
    if len(draft["strategies"]) < 2 and given == option.default:
        return given
    return str(option_input(option, form_key(option.name), given))


def _loss_scales(draft: Draft) -> str:
    """Where losses are of unlike kinds what they are at chance, and where the suite states scales whether they hold."""
    option = PLAIN["loss_scales"]
    chosen = str(draft[option.name])
    suite = option_values(draft["suite"])
    entry = SUITES[suite.pop("name")]
    if entry.name == "csv":
        return chosen  # what a table's columns are like stands beside them
    try:
        tasks = [task for task in entry.load().tasks(**entry.check(suite)) if task.name in draft["tasks"]]
    except SeesawError:
        return chosen
    scaled = any(task.loss_scale != 1 for task in tasks)
    if scaled:
        chosen = str(option_input(option, form_key(option.name), chosen))
    if scaled or len({task.kind for task in tasks}) > 1:
        scales = {task.name: 1.0 if chosen == "raw" else task.loss_scale for task in tasks}
        losses = ", ".join(
            f"{task.name} {task.chance / task.loss_scale * scales[task.name]:.2g}"
            + (f" (× {scales[task.name]:g})" if scales[task.name] != 1 else "")
            for task in tasks
        )
        st.caption(_("Losses at chance, which weights multiply: {losses}.").format(losses=escape_markdown(losses)))
    return chosen


def _numbers(draft: Draft) -> Draft:
    seeds = draft["seeds"]
    return dict(draft) | {"seeds": seeds if isinstance(seeds, int) else len(seeds)}


def _seeds(count: int, given: Any) -> Any:
    # A list of chosen seeds stays as it is until the visitor asks for another number of them.
    return list(given) if isinstance(given, (list, tuple)) and len(given) == count else count


def _device(current: str, devices: Sequence[str]) -> str:
    key = form_key("device")
    known = list(dict.fromkeys(["auto", "cpu", *devices, current]))
    begin_with(key, current)
    state.keep_valid(key, known)
    help_text = _("Automatic takes a graphics processor where the worker has one.")
    words = {"auto": _("automatic")}
    now = place_of(known, st.session_state[key])
    common: dict[str, Any] = {"key": key, "help": help_text, "disabled": locked()}
    return str(st.selectbox(_("Device"), known, now, format_func=lambda name: words.get(name, name), **common))


def _more(draft: Draft) -> Draft:
    chosen = dict(draft)
    with st.expander(_("More"), icon=":material/tune:"):
        rest = [option for option in OPTIONS if option.name not in (*MAIN, *ELSEWHERE)]
        chosen |= option_inputs(rest, state.FORM, draft)
        # With two folds there is nothing left to choose on within one.
        nested = PLAIN["nested"]
        asked = chosen["folds"] > 2 and option_input(nested, form_key(nested.name), draft["nested"])
        chosen["nested"] = bool(asked)
        optimizer = option_values(draft["optimizer"])
        entry = OPTIMIZERS[optimizer["name"]]
        st.caption(_("Options of {method}").format(method=_(entry.title)))
        chosen["optimizer"] = {"name": entry.name} | line_options(entry, "optimizer", optimizer)
    return chosen

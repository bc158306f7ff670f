"""What the visitor has chosen: the only place that names session keys and URL parameters.

The URL holds the study, what results pages show of it, the studies side by side, the language, what a teacher sets for every
page (see ``teaching``) and, on the Play page, each setting of the form that differs from the study on screen.
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import address, words
from dashboard import draft as drafts
from dashboard.address import SETTLING
from dashboard.fitting import Draft, settle
from dashboard.reading.visitors import Visitor, recognise
from dashboard.words import _, escape_markdown
from mtl_core.errors import unknown_name

if TYPE_CHECKING:
    from mtl_core.spec import Study

STUDY = "study"
TASKS = "show"
LABELS = "compare"
SEED = "seed"
LANGUAGE = "lang"

AGAINST, MOMENT, RATES = "against", "at", "rates"
"""What the Transfer page compares with, at which moment, and at which learning rates."""

GROUPS = "group"
"""Whether the Transfer page groups what it compares by sharing strategy or by balancing method."""

LABEL = "run"
"""Whose curves the Play page shows."""

METRIC = "measure"
"""What the Play page's curves measure."""

LAYER, PAIRS = "layer", "pairs"
"""Which layer of the trunk the Conflict page looks at, and which pairs of many tasks it draws over time."""

ZOOM, SPREAD = "zoom", "spread"
"""Whether the Trade-off page shows the whole plane or its middle, and seeds as intervals of means or a band around a front."""

CARES = "cares"
"""Of many tasks those that count for whom the Trade-off page says which method is best."""

COLOR, SHARED = "color", "of"
"""What colours the Trade-off page's triangle, and the weightings of which sharing strategy it shows."""

ACROSS, UP = "across", "up"
"""The Trade-off page's two tasks where there are many."""

COUNTED, MOST, BUDGET, ONCE = "cost", "most", "budget", "once"
"""What the Together page counts, the most networks or the budget in what is counted, and whether each task is learned once."""

AFFINITY, OWN_GROUPS, GROUPED_BY = "affinity", "own", "networks-of"
"""The affinity that the Together page shows, the visitor's own groups, and whose networks it groups."""

MODEL, APART = "model", "apart"
"""Whose front the Trade-off page draws of those that serve every weighting, and over which strategy's separate runs."""

SEARCH, SHEET = "find", "sheet"
"""What the Studies page looks for, and which sheet of the list it shows."""

BESIDE = "beside"
"""Which studies the Studies page compares, by id."""

LAND, WALKERS, STARTS = "land", "by", "from"
"""The Landscape page's problem, methods and starts."""

SCALE, RATE, LENGTH, RULE = "scale", "rate", "length", "rule"
"""How the Landscape page's methods walk: the scale of the first loss, the learning rate, the steps and the optimizer."""

NETWORKS, WAY, EXAMPLE, TEXT, QUESTION = "networks", "way", "example", "text", "question"
"""Whom the Try page asks, how its input is given, and what it is: an example's number, or a text with a question."""

GROUND, ARROWS = "ground", "arrows"
"""Which contours the Landscape page draws, and whose arrows."""

STRATEGY, WEIGHTING = "sharing", "weighting"
"""Which strategy the Sharing page draws, and with which method or weighting its runs were trained."""

LESSON, SAID, SEEN, TERM = "lesson", "said", "seen", "term"
"""Which lesson the Learn page shows, what its reader predicted, whether it is uncovered; and which term of the glossary."""

METHOD, METHOD_WORDS, PULL, AFTER = "method", "words", "pull", "after"
"""The method that the Methods page explains, what its list is searched for, where its arrows are, and after how many steps."""

FOLDER, REFUSED = "data-folder", "data-folder.refused"
"""Session keys, never in an address, of the data folder that is typed on Play and of why it was refused."""

FORM = "play"
"""Prefix of the session keys of the Play form's controls; what follows is the setting's name."""

LIVE = "live"
"""Prefix of the session keys of what can be changed while a study trains."""

_HEARD_FOR, _heard = 0.05, threading.local()

_KEPT = "kept_draft"
_NAME = "session"
_PAGE = "page"
_UNKNOWN = "unknown"


@dataclass
class _Kept:
    base: str
    draft: Draft
    parameters: dict[str, str]
    at: float


@dataclass(frozen=True)
class Selection:
    """What results pages show of a study.

    Args:
        tasks: task names in the study's order, never empty.
        labels: labels of runs in the study's order, never empty.
        seed: one seed, or None for all.
    """

    tasks: tuple[str, ...]
    labels: tuple[str, ...]
    seed: int | None


def language() -> str:
    """The reader's language: the URL's, the session's, or the browser's."""
    # A page asks hundreds of times a run, in one thread that serves this reader alone: it is looked up once in a while.
    at, known = getattr(_heard, "language", (-_HEARD_FOR, ""))
    if time.monotonic() - at < _HEARD_FOR:
        return str(known)
    asked = next(iter(address.kept(LANGUAGE)), None)
    _heard.language = (time.monotonic(), str(asked or getattr(st.context, "locale", None) or words.ENGLISH))
    return str(_heard.language[1])


def speak(wanted: str) -> None:
    """Let the pages be in this language from now on; the address says so. May be called from a callback."""
    address.keep(LANGUAGE, [wanted])
    _heard.language = (time.monotonic(), wanted)


words.language_from(language)


def visitor() -> Visitor:
    """Who looks at this page."""
    return recognise(st.context.cookies)


def session() -> str:
    """A name for the visitor's session, the same at each of its runs."""
    return str(st.session_state.setdefault(_NAME, secrets.token_hex(8)))


def selected_study() -> str | None:
    """The id of the study on screen, or None where none was chosen yet; kept in the URL on every page."""
    asked = st.query_params.get(STUDY)
    if asked:
        st.session_state[STUDY] = asked
        return str(asked)
    kept = st.session_state.get(STUDY)
    if kept:
        st.query_params[STUDY] = kept
    return kept


def select_study(study_id: str | None) -> None:
    """Put another study on screen, on every page; None for none. May be called from a callback."""
    st.session_state[STUDY] = study_id
    if study_id is None:
        st.query_params.pop(STUDY, None)
    else:
        st.query_params[STUDY] = study_id


def studies_beside() -> list[str]:
    """The ids of the studies to compare, in order, which the store need not have; kept in the URL of every page."""
    return address.kept(BESIDE)


def compare_studies(study_ids: list[str]) -> None:
    """Choose the studies to compare. May be called from a callback."""
    address.keep(BESIDE, study_ids)


def turn_to(page: str) -> bool:
    """Note which page is on screen; True where the visitor has just come from another page."""
    before = st.session_state.get(_PAGE)
    if before != page:
        st.session_state.pop(_UNKNOWN, None)
    st.session_state[_PAGE] = page
    return before not in (None, page)


def settings_asked() -> dict[str, str]:
    """The settings of a study that the URL has, by name."""
    return {name: st.query_params[name] for name in (*drafts.SETTINGS, drafts.ONE_STRATEGY) if name in st.query_params}


def open_draft(base: "Study", uploads: Path, *, arrived: bool) -> tuple[Draft, list[str]]:
    """What the Play form shows, and what of the URL was refused, in words.

    That is what the visitor left there; another study on screen, or another URL (a link, a step back), starts it afresh from
    the study with the URL's changes.

    Args:
        base: the study on screen.
        uploads: the folder of uploaded files.
        arrived: whether the visitor comes from another page: the URL then has only settings that a link changes.
    """
    asked = settings_asked()
    kept: _Kept | None = st.session_state.get(_KEPT)
    if kept is not None and kept.base == base.id:
        settling = time.monotonic() - kept.at < SETTLING
        if (arrived and not asked) or settling or asked == kept.parameters:
            return kept.draft, []
    forget_controls(FORM)
    opened, refused = drafts.from_parameters(asked, drafts.of_study(base), uploads)
    return settle(opened), refused


def keep_draft(draft: Draft, base: "Study", uploads: Path) -> None:
    """Remember the Play form, in the session and in the URL."""
    parameters = drafts.to_parameters(draft, drafts.of_study(base), uploads)
    kept: _Kept | None = st.session_state.get(_KEPT)
    changed = kept is None or kept.base != base.id or kept.parameters != parameters
    at = time.monotonic() if changed or kept is None else kept.at
    st.session_state[_KEPT] = _Kept(base.id, draft, parameters, at)
    st.query_params.pop(drafts.ONE_STRATEGY, None)
    for name in drafts.SETTINGS:
        if name in parameters and st.query_params.get(name) != parameters[name]:
            st.query_params[name] = parameters[name]
        elif name not in parameters and name in st.query_params:
            del st.query_params[name]


def offer_draft(**settings: object) -> dict[str, str]:
    """The Play page's URL parameters for the study on screen with these settings changed; its form starts afresh with them."""
    asked = {name: json.dumps(value, separators=(",", ":")) for name, value in settings.items()}
    study = st.session_state.get(STUDY)
    return ({STUDY: str(study)} if study else {}) | asked


def put_label(label: str) -> None:
    """Show this label's curves alone on the Play page. A callback."""
    st.session_state[LABEL] = [label]


def keep_within(key: str, low: int, high: int) -> None:
    """Bring a control's number within bounds: another study may have fewer of what is counted."""
    if key in st.session_state:
        st.session_state[key] = min(max(int(st.session_state[key] or low), low), high)


def forget_controls(prefix: str) -> None:
    """Let the controls under a prefix of session keys start afresh when they are next drawn."""
    for key in [key for key in st.session_state if str(key).startswith(f"{prefix}.")]:
        del st.session_state[key]


def note_unknown(key: str, asked: list[str], options: list[str]) -> None:
    """Note that a link asks a control for what it does not have, to be said beside it."""
    problem = unknown_name(key, asked[0], options)
    st.session_state.setdefault(_UNKNOWN, {})[key] = str(problem)


def say_unknown(key: str) -> None:
    """Say what a link asked a control for and did not get, until the visitor goes to another page."""
    words = st.session_state.get(_UNKNOWN, {}).get(key)
    if words:
        text = _("Part of the link was not understood: {words}").format(words=escape_markdown(words))
        st.warning(text, icon=":material/link_off:")


def keep_valid(key: str, options: list[str], otherwise: Any = None) -> None:
    """Let a control forget what is not among its options any more, for ``otherwise``; say what a link asks for in vain."""
    asked = [] if key in st.session_state else [each for each in st.query_params.get_all(key) if each not in options]
    if asked:
        note_unknown(key, asked, options)
    say_unknown(key)
    # Another study may have come on screen since: what it does not have is forgotten rather than refused.
    kept = st.session_state.get(key)
    if isinstance(kept, list):
        st.session_state[key] = [item for item in kept if item in options]
    elif kept is not None and kept not in options:
        st.session_state[key] = otherwise

"""What the visitor has chosen: the only place that names session keys and URL parameters.

The URL holds the study (``study``), what results pages show of it (``show``, ``compare``, ``seed``), the language (``lang``)
and, on the Play page, each setting of the form that differs from the study on screen (by the setting's own name).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import words
from dashboard.words import _

if TYPE_CHECKING:
    from mtl_core.diagnostics import Result

STUDY = "study"
TASKS = "show"
LABELS = "compare"
SEED = "seed"
LANGUAGE = "lang"

FORM = "play"
"""Prefix of the session keys of the Play form's controls; what follows is the setting's name."""


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
    asked = st.query_params.get(LANGUAGE) or st.session_state.get(LANGUAGE)
    return str(asked or getattr(st.context, "locale", None) or words.ENGLISH)


words.language_from(language)


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


def selection_controls(result: "Result") -> Selection:
    """Draw the shared selection in the sidebar and say what is chosen. Nothing chosen means everything.

    Called once by every results page; the choice is shared by all pages and kept in the URL.
    """
    tasks = [task.name for task in result.layout.tasks]
    labels = list(dict.fromkeys(run.label for run in result.layout.runs))
    seeds = [str(seed) for seed in result.study.seed_list]
    with st.sidebar:
        st.caption(_("What the results pages show. Changes the view only, never the training."))
        shown = _several(_("Tasks"), tasks, TASKS)
        compared = _several(_("Runs"), labels, LABELS)
        _keep_valid(SEED, seeds)
        seed = st.selectbox(_("Seed"), seeds, index=None, placeholder=_("All seeds"), key=SEED, bind="query-params")
    return Selection(shown, compared, None if seed is None else int(seed))


def _several(title: str, options: list[str], key: str) -> tuple[str, ...]:
    _keep_valid(key, options)
    chosen = st.multiselect(title, options, key=key, placeholder=_("All"), bind="query-params")
    return tuple(option for option in options if option in chosen) or tuple(options)


def _keep_valid(key: str, options: list[str]) -> None:
    # Another study may have come on screen since: what it does not have is forgotten rather than refused.
    kept = st.session_state.get(key)
    if isinstance(kept, list):
        st.session_state[key] = [item for item in kept if item in options]
    elif kept is not None and kept not in options:
        st.session_state[key] = None

"""Links that ask for a study by its settings: the study is found, or trained on arrival where that is allowed. No Streamlit."""

from collections.abc import Mapping
from contextlib import suppress

from dashboard import draft as drafts
from dashboard.fitting import settle
from dashboard.reading import jobs
from dashboard.reading.uploads import folder
from dashboard.reading.visitors import Visitor
from mtl_core.diagnostics.cost import estimate
from mtl_core.errors import NotAllowedError, SeesawError
from mtl_core.spec import Study

SMALL = 200
"""A study of fewer runs is trained for whoever opens its link, where the server does that."""

_trains = False


def train_on_arrival(trains: bool) -> None:
    """From now on links to small studies that nobody has trained train them, or do not."""
    global _trains
    _trains = trains


def study_of(asked: Mapping[str, str], visitor: Visitor) -> str | None:
    """The id of the study that a link's settings ask for; None where it is not there and is not trained for the asking.

    Args:
        asked: the settings of the link, by name; others are those of the first study.
        visitor: who opened it.

    Raises:
        StoreError: the store cannot be used.
    """
    store = jobs.get_store()
    draft, refused = drafts.from_parameters(asked, drafts.of_study(Study()), folder(store))
    if refused:  # what was not understood asks for another study than the rest
        return None
    try:
        study = drafts.to_study(settle(draft))
    except SeesawError:
        return None  # the form says what is wrong with it
    known = store.find(study)
    if known is None and _trains and estimate(study, []).runs < SMALL:
        with suppress(NotAllowedError):  # whoever then presses Train is told why not
            return jobs.submit(study, visitor)
    return known

"""Pages drawn in Chinese: no English sentence is left, on the page, in its figures or in its components."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.words import say
from tests.dashboard.conftest import Trained

PAGES = ("play", "transfer", "sharing", "conflict", "tradeoff", "together", "try", "learn", "landscape", "methods", "studies")

SENTENCE = re.compile(r"\b[A-Za-z][a-z']+(?: [a-z][a-z']*){2,}")
"""Three words in a row, as no name has them."""

NAMES = re.compile(
    r"`[^`]*`|https?://\S+|\$[^$]*\$|\[data-[^\]]*\]|seesaw [a-z -]+|[A-Z][\w-]+ (?:and|et) [^;。]*\d{4}|scikit-learn[^。]*"
    r"|[(（][^)）]*[)）]"
)
"""Code, addresses, formulas, commands, sources, and what stands in brackets behind a translated name."""

KINDS = ("title", "subheader", "caption", "markdown", "info", "warning", "error")
CONTROLS = ("button", "selectbox", "multiselect", "text_input", "number_input", "toggle", "slider", "expander", "tab")


def texts(app: AppTest) -> Iterator[str]:
    """What a reader sees of a page."""
    for kind in KINDS:
        yield from (str(element.value) for element in app.get(kind))
    for kind in CONTROLS:
        for element in app.get(kind):
            yield str(element.label)
            yield str(getattr(element, "help", "") or "")
            yield from map(str, getattr(element, "options", ()) or ())
    for chart in app.get("plotly_chart"):
        layout = json.loads(chart.proto.spec)["layout"]
        yield from _titles(layout)


def _titles(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _titles(value)
    elif isinstance(part, list):
        for value in part:
            yield from _titles(value)


@pytest.mark.parametrize("page", PAGES)
def test_no_english_sentence_is_left(
    page: str, triple: Trained, put: Callable[..., str], visit: Callable[..., AppTest], answering: None
) -> None:
    app = visit(page, put(triple), lang="zh")
    assert not app.exception
    said = [text for text in texts(app) if text and not text.lstrip().startswith("<")]
    assert sum(bool(re.search(r"[\u4e00-\u9fff]", text)) for text in said) > 5
    left = {match[0] for text in said for match in SENTENCE.finditer(NAMES.sub(" ", text)) if say(match[0], "zh") == match[0]}
    assert not left

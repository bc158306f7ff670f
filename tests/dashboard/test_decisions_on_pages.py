"""Every results page answers its own question before its tables, and not before training is over."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtl_core.diagnostics.decision_words import NO_MEAN


def _said(app: AppTest) -> str:
    return " ".join(part.value.replace("\\", "") for part in app.markdown)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("transfer", NO_MEAN),
        ("sharing", NO_MEAN),
        ("conflict", "Their transfer:"),
        ("tradeoff", "**Together is unclear for "),
        ("play", "Both tasks use the same 32 units a layer."),
    ],
)
def test_a_page_says_its_answer(page: str, words: str, visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    app = visit(page, put(pair))
    assert not app.exception
    assert words in _said(app)


def test_no_answer_is_given_while_it_trains(visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    app = visit("transfer", put(pair, part=0.5, state="running"))
    assert not app.exception
    assert "Together" not in _said(app)
    assert any("when training is over" in caption.value for caption in app.caption)

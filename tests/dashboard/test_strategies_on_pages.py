"""Studies with several sharing strategies on every page, as visitors find them."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.test_views import figures

Put = Callable[..., str]
Visit = Callable[..., AppTest]


@pytest.mark.parametrize("by", ["strategy", "method"])
def test_transfer_is_grouped_by_strategy_or_by_method(put: Put, visit: Visit, mixed: Any, by: str) -> None:
    study = put(mixed)
    app = visit("transfer", study, group={"strategy": "sharing strategy", "method": "balancing method"}[by])
    assert not app.exception
    assert app.session_state["group"] == by
    notes = [note["text"] for note in figures(app)[0]["layout"]["annotations"] if "left" not in note["text"]]
    names = [text for text in notes if "right" not in text]
    if by == "strategy":
        assert sorted(names) == sorted(["<b>hard</b>", "equal", "<b>mmoe(experts=2)</b>", "equal"])
    else:
        assert sorted(names) == sorted(["<b>equal</b>", "hard", "mmoe(experts=2)"])
    assert [card.label.replace("\\", "") for card in app.metric] == ["hard · equal", "mmoe(experts=2) · equal"]
    places = [note["y"] for note in figures(app)[0]["layout"]["annotations"]]
    assert len(set(places)) == len(places), "no words lie on others"

"""The Methods page, as visitors find it."""

import shlex
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mtl_core.cli import parser, running
from mtl_core.spec import METHODS
from mtl_core.spec.verification import verification
from mtl_core.store import Store

Visit = Callable[..., AppTest]


def test_every_method_is_listed_with_its_check(visit: Visit, shelf: Store) -> None:
    app = visit("methods")
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["name"]) == list(METHODS)
    assert list(table["deviation"]) == [line.deviation for line in verification()]
    assert (table.drop(columns="deviation") != "").all(axis=None)


def test_the_list_is_searched_from_the_url(visit: Visit, shelf: Store) -> None:
    table = visit("methods", words="bargained").dataframe[0].value
    assert list(table["name"]) == ["nash_mtl"]
    assert "No method has these words." in [info.value for info in visit("methods", words="zzz").info]


def test_choosing_a_method_shows_all_of_it(visit: Visit, shelf: Store) -> None:
    app = visit("methods")
    for name, entry in METHODS.items():
        app.selectbox(key="method").set_value(name).run()
        assert not app.exception
        assert entry.formula in app.latex[0].value
        words = " ".join(markdown.value for markdown in app.markdown)
        assert entry.summary in words
        assert entry.cost in words
        assert entry.scale in words
        assert "Checked against" in words
        shown = list(app.dataframe[1].value["option"]) if entry.options else []
        assert shown == [option.name for option in entry.options]


@pytest.mark.parametrize("name", list(METHODS))
def test_the_command_is_understood(visit: Visit, shelf: Store, name: str) -> None:
    app = visit("methods", method=name)
    command = shlex.split(app.code[0].value)
    assert command[0] == "seesaw"
    study = running.study_of(parser.build(command[1:]))
    assert [method.name for method in study.methods] == ([name] if METHODS[name].selectable else [])


def test_a_stale_link_shows_the_first_method(visit: Visit, shelf: Store) -> None:
    app = visit("methods", method="gone")
    assert not app.exception
    assert app.selectbox(key="method").value == next(iter(METHODS))

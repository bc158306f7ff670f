"""A lesson in a class: predictions handed in, votes closed and uncovered by the teacher alone, and pictures of any number."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.figures.frame import alt
from dashboard.lessons import Answer, Bins, Marks
from dashboard.lessons.negative_transfer import STUDY
from dashboard.reading import load, visitors
from dashboard.reading.visitors import Visitor
from dashboard.showing import classroom
from dashboard.showing.classroom import draw_answers
from mtl_core.store import Store
from mtl_core.store.classes import Vote, pseudonym
from tests.dashboard.conftest import Trained, _train, components

Visit = Callable[..., AppTest]
Put = Callable[..., str]

LESSON = "negative-transfer"
LINK = {"lesson": LESSON, "class": "physics"}
ANN = pseudonym("ann's secret", "physics")


@pytest.fixture(scope="module")
def trained() -> Trained:
    """The lesson's study."""
    return _train(STUDY)


@pytest.fixture
def room(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of a server that was started for a class."""
    monkeypatch.setattr(visitors, "_teacher_mark", "mark")
    monkeypatch.setattr(classroom, "member", lambda name: pseudonym("ann's secret", name))
    shelf.open_class("physics")
    return shelf


@pytest.fixture
def ann(room: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is a student's."""
    monkeypatch.setattr(state, "visitor", lambda: Visitor("a" * 64))


@pytest.fixture
def teacher(room: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is the teacher's."""
    monkeypatch.setattr(state, "visitor", lambda: Visitor("b" * 64, is_teacher=True))


def said(app: AppTest) -> str:
    """All words of the page."""
    assert not app.exception
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.warning])


def picture(app: AppTest) -> str | None:
    """The description of the class's picture."""
    return next((part["alt"] for part in components(app) if part.get("key") == f"plot-class-{LESSON}"), None)


def test_a_student_hands_in_and_sees_no_answer_before_the_teacher_uncovers(
    ann: None, room: Store, trained: Trained, put: Put, visit: Visit
) -> None:
    put(trained)
    app = visit("learn", **LINK, seen="1")
    assert "Class **physics** · The vote is open. **0 have answered.**" in said(app)
    assert app.button(key=f"hand-in-{LESSON}").disabled
    app = visit("learn", **LINK, said="26,12", seen="1")
    app.button(key=f"hand-in-{LESSON}").click().run()
    assert room.answer_of("physics", LESSON, ANN) == {"answer": [26, 12]}
    assert "Your answer counts." in said(app)
    assert "**1 has answered.**" in said(app)
    assert app.button(key=f"hand-in-{LESSON}").disabled, "the same need not be handed in twice"
    room.set_vote("physics", LESSON, "closed")
    app.run()
    assert "covered until the teacher uncovers it" in said(app)
    assert not [button for button in app.button if button.key == f"hand-in-{LESSON}"]
    for words in ("together", "alone, a difference", "Farthest off"):
        assert words not in said(app).partition("The vote is closed")[2]
    room.set_vote("physics", LESSON, "uncovered")
    app = visit("learn", **LINK)  # in a new tab, where the class's store alone knows what was said
    assert "Farthest off on" in said(app)
    assert "a difference of" in said(app)
    assert not [button for button in app.button if button.key == f"again-{LESSON}"]


def test_a_late_answer_is_refused_in_words(ann: None, room: Store, visit: Visit) -> None:
    app = visit("learn", **LINK, said="26,12")
    room.set_vote("physics", LESSON, "closed")
    app.button(key=f"hand-in-{LESSON}").click().run()
    assert "closed before your answer came: it does not count" in said(app)
    assert "You handed nothing in." in said(app)
    assert room.vote("physics", LESSON) == Vote("closed", 0)


def test_the_teacher_sees_closes_uncovers_and_clears(
    teacher: None, room: Store, trained: Trained, put: Put, visit: Visit
) -> None:
    put(trained)
    for number, answer in enumerate([[30, 10], [20, 10], [25, 10], "no answer"]):
        room.hand_in("physics", LESSON, pseudonym(str(number), "physics"), {"answer": answer})
    app = visit("learn", **LINK)
    assert "**4 have answered.**" in said(app)
    assert picture(app) == "3 answers. left: median 0.05. right: median −0.1."
    app.toggle(key="class-shown").set_value(False).run()
    assert picture(app) is None
    app.button(key="class-closed").click().run()
    assert room.vote("physics", LESSON) == Vote("closed", 4)
    app.button(key="class-open").click().run()
    assert room.vote("physics", LESSON) == Vote("open", 4)
    app.button(key="class-uncovered").click().run()
    assert room.vote("physics", LESSON) == Vote("uncovered", 4)
    assert "It came out at left: −0.0" in (picture(app) or "")
    assert "a difference of" in said(app)
    app.button(key="class-clear-for-good").click().run()
    assert room.vote("physics", LESSON) == Vote("open", 0)
    assert "**0 have answered.**" in said(app)
    assert picture(app) == "Nobody has answered yet."


def test_the_teacher_uncovers_once_the_networks_are_trained(teacher: None, room: Store, visit: Visit) -> None:
    app = visit("learn", **LINK)
    assert app.button(key="class-uncovered").disabled
    assert "class-closed" in [button.key for button in app.button]


def test_the_teacher_makes_a_class_by_opening_it_and_a_student_does_not(
    ann: None, room: Store, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = {"lesson": LESSON, "class": "信号", "said": "26,12"}
    app = visit("learn", **link)
    assert "There is no class **信号** here" in said(app)
    assert app.button(key=f"uncover-{LESSON}"), "the lesson can still be taken alone"
    assert room.vote("信号", LESSON) is None
    with monkeypatch.context() as other:
        other.setattr(state, "visitor", lambda: Visitor("b" * 64, is_teacher=True))
        assert "Class **信号**" in said(visit("learn", **link))
    assert "Class **信号**" in said(visit("learn", **link))


def test_who_is_no_teacher_moves_no_vote(ann: None, room: Store) -> None:
    here = classroom.Room("physics", LESSON, True, Vote("open", 0), None)
    classroom._set(here, "uncovered")
    room.hand_in("physics", LESSON, ANN, {"answer": [1, 1]})
    classroom._clear("physics")
    assert room.vote("physics", LESSON) == Vote("open", 1)


def test_the_list_of_lessons_says_what_to_do_in_a_class(
    ann: None, room: Store, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = visit("learn", **{"class": "physics"})
    assert student.info[0].value == "You are in class **physics**: in each lesson, hand in what you expect."
    monkeypatch.setattr(state, "visitor", lambda: Visitor("b" * 64, is_teacher=True))
    assert "You teach class **physics**" in visit("learn", **{"class": "physics"}).info[0].value
    assert not visit("learn").info


def test_a_browser_without_cookies_is_told_what_to_do(
    ann: None, room: Store, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classroom, "member", lambda _name: "")
    app = visit("learn", **LINK, said="26,12")
    app.button(key=f"hand-in-{LESSON}").click().run()
    assert "allow cookies for this address" in said(app)
    assert room.vote("physics", LESSON) == Vote("open", 0)


def test_the_class_stays_in_every_link_and_a_wrong_key_in_none(ann: None, visit: Visit) -> None:
    app = visit("studies", **{"class": "physics", "teacher": "another-servers-key"})
    assert "you are one of the class" in said(app).replace("\\", "")
    app.session_state["share-open"] = True
    app.run()
    (address,) = [code.value for code in app.code if "class=" in code.value]
    assert parse_qs(urlsplit(address).query)["class"] == ["physics"]
    assert "teacher" not in address
    app.switch_page("views/learn.py").run()
    assert app.query_params["class"] in ("physics", ["physics"])


@pytest.mark.parametrize(("name", "words"), [("a b", "letters, digits"), ("x" * 300, "letters, digits")])
def test_what_is_no_class_is_said_over_the_page(name: str, words: str, ann: None, visit: Visit) -> None:
    app = visit("learn", **(LINK | {"class": name}))
    assert words in said(app).replace("\\", "")
    assert app.button(key=f"uncover-{LESSON}")


def test_a_server_without_classes_says_how_to_have_one(shelf: Store, visit: Visit) -> None:
    app = visit("learn", **LINK)
    assert "seesaw serve --class" in said(app).replace("\\", "")
    assert app.button(key=f"uncover-{LESSON}")


ROWS = ("left", "right <b>", "x" * 80)
MARKS = Marks(ROWS, "gain", -0.2, 0.2, 0.01)
KINDS = {
    "dots": (MARKS, 40),
    "signs": (Marks(ROWS, "sign", stops=("loses", "unclear", "gains")), 2),
    "curves": (Marks(ROWS, "gain", -0.2, 0.2, 0.01, upright=True, across="weight"), 40),
    "bins": (Bins(ROWS, 3), 2),
}


@pytest.mark.parametrize("count", [0, 1, 30, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_predictions_is_drawn_covered_and_uncovered(kind: str, count: int) -> None:
    asked, steps = KINDS[kind]
    rng = np.random.default_rng(count)
    given: list[Sequence[int]] = rng.integers(0, steps + 1, (count, len(ROWS))).tolist()
    covered = draw_answers(asked, given, None)
    assert ("Nobody has answered" in alt(covered)) == (count == 0)
    values = (0.0, 1.0, 1.0) if kind in ("bins", "signs") else (-0.05, float("nan"), 0.1)
    ends = ((), ()) if kind in ("bins", "signs") else ((-0.1, float("nan"), 0.0), (0.0, float("nan"), 0.2))
    told = alt(draw_answers(asked, given, Answer(values, *ends)))
    assert "came out" in told
    assert "came out" not in alt(covered)
    assert f"{count} answer" in told
    assert "nan" not in told


def test_each_prediction_stands_where_it_was_made_and_none_hides_another() -> None:
    figure = draw_answers(MARKS, [[0, 40, 20]] * 200 + [[3, 7, 20]], None)
    for row, trace in enumerate(figure.data[: len(ROWS)]):
        assert len(set(zip(trace.x, trace.y, strict=True))) == 201
        assert -row < min(trace.y) < max(trace.y) < 1 - row
    assert sorted({*figure.data[0].x}) == pytest.approx([-0.2, -0.17])


def test_signs_and_pairs_are_counted() -> None:
    signs = draw_answers(KINDS["signs"][0], [[0, 2, 1], [0, 2, 2], [1, 2, 0]], None)
    assert [list(trace.x) for trace in signs.data[:3]] == [[2, 0, 1], [1, 0, 1], [0, 3, 1]]
    (heat,) = draw_answers(KINDS["bins"][0], [[0, 0, 1], [0, 1, 1], [0, 0, 0]], Answer((0, 1, 1))).data
    assert heat.z[0][1] == 2
    assert heat.z[0][2] == 1
    assert [list(line) for line in heat.text] == [["", "2", "1"], ["2", "", "2 ●"], ["1", "2 ●", ""]]


def test_the_median_of_curves_is_the_classs() -> None:
    figure = draw_answers(KINDS["curves"][0], [[0, 20, 40], [10, 20, 40], [20, 20, 0]], None)
    median = next(trace for trace in figure.data if trace.name == "median of the class")
    assert list(median.y) == pytest.approx([-0.1, 0.0, 0.2])


def test_a_large_class_looks_less_often() -> None:
    turns = load.Turns(0.2, 2.0, 15.0)
    for number in range(30):
        turns.note(str(number), 0.01)
    assert turns.interval() == 2.0
    for number in range(200):
        turns.note(str(number), 0.01)
    assert 7.0 < turns.interval() < 9.0

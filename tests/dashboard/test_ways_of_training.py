"""Which rows batches are drawn from, parts of a run, and where runs start from, on Play's form."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.dashboard.test_play import setting

Visit = Callable[..., AppTest]


def labels(app: AppTest) -> set[str]:
    """What stands over the form's controls."""
    return {each.label for each in (*app.selectbox, *app.toggle, *app.number_input)}


def test_task_sampling_is_asked_where_rows_are_of_different_tasks(visit: Visit) -> None:
    app = visit("play", suite="phrases", sampling="equal")
    assert setting(app, "sampling").value == "equal"
    assert app.query_params["sampling"] == "equal"
    setting(app, "sampling").set_value("temperature").run()
    assert setting(app, "sampling.temperature.temperature").value == 2
    setting(app, "tasks.phrases").set_value(["intent", "slots"]).run()
    assert not app.exception
    assert "sampling" not in app.query_params
    assert "Task sampling" not in labels(app)
    assert not app.button(key="train").disabled

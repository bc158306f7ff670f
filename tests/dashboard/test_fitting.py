"""Choosing another suite: the form then asks for a study that can be had, is small, and keeps what a person chose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import draft as drafts
from dashboard.fitting import begin, follow, settle, usual
from mtl_core.spec import SUITES, Study, plan
from mtl_core.store import Store

BASE = drafts.of_study(Study())
SMALL = 200
UPLOADS = Path("/uploads")


def table(folder: Path, targets: int, rows: int = 300) -> dict[str, Any]:
    """A settled suite of one's own table."""
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((rows, 4))
    values = inputs @ rng.standard_normal((4, targets)) + rng.standard_normal((rows, targets))
    columns = {f"x{n}": inputs[:, n] for n in range(4)}
    columns |= {f"t{n}": values[:, n] if n % 2 else np.where(values[:, n] > 0, "yes", "no") for n in range(targets)}
    path = folder / f"{rows}_{targets}.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    suite = Study(suite={"name": "csv", "path": str(path), "targets": [f"t{n}" for n in range(targets)]}, batch_size=1).suite
    return suite.to_dict()


GENERATED = [name for name, entry in SUITES.items() if name != "csv" and not entry.files]
FILES = [name for name, entry in SUITES.items() if entry.files]


def there_and_back(before: str, after: str) -> None:
    """The form asks for a small study of the one suite after any study of the other, and back again for what it was."""
    first = begin(BASE, {"name": before}, None)
    for draft in (first, *([drafts.of_study(Study(suite=before))] if before != after else [])):
        study = drafts.to_study(begin(draft, {"name": after}, None))
        assert study.suite.name == after
        assert study.run_count < SMALL
    assert begin(begin(first, {"name": after}, None), {"name": before}, None) == first


@pytest.mark.parametrize("before", GENERATED)
def test_from_any_suite_to_any_other_there_is_a_small_study(before: str) -> None:
    for after in GENERATED:
        there_and_back(before, after)


@pytest.mark.parametrize("files", FILES)
def test_from_and_to_a_suite_of_files_too(files: str, files_of: Callable[[str], None]) -> None:
    files_of(files)
    there_and_back("digits_pair", files)
    there_and_back(files, "vitals")


def test_choices_with_long_names_are_folded_into_a_list() -> None:
    def page() -> None:
        from dashboard.asking.forms import option_input
        from mtl_core.spec import SUITES

        for suite, name in (("cifar", "reading"), ("spoken_digits", "split")):
            option = next(option for option in SUITES[suite].options if option.name == name)
            option_input(option, name, option.default)

    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.selectbox(key="reading").options == ["groups", "one_vs_rest", "class_group"]
    assert app.get_by_key("split").options == ["takes", "speakers"]


def test_suites_of_large_examples_begin_with_fewer_weightings() -> None:
    counts = {}
    for name in ("sprites", "cifar", "spoken_digits"):
        draft = {"suite": {"name": name}, "tasks": ["one", "two", "three"]}
        counts[name] = (usual(draft)["weights"], usual(draft)["seeds"])
        assert usual(draft | {"tasks": ["one", "two"]})["weights"] == (11 if name == "sprites" else 6)
    assert counts == {"sprites": (6, 5), "cifar": (4, 5), "spoken_digits": (4, 5)}


@pytest.mark.parametrize("targets", range(2, 11))
@pytest.mark.parametrize("rows", [40, 300])
def test_a_table_begins_with_a_small_study(tmp_path: Path, targets: int, rows: int) -> None:
    suite = table(tmp_path, targets, rows)
    study = drafts.to_study(begin(BASE, suite, None))
    assert len(study.tasks) == targets
    assert len(plan(study)) <= study.run_count < SMALL
    assert study.batch_size <= suite["train_rows"]


def test_what_a_person_chose_is_kept_where_it_can_be() -> None:
    own = BASE | {"seeds": 3, "steps": 100, "methods": ["equal", "pcgrad"], "weights": 21}
    draft, replaced = follow(settle(own | {"suite": {"name": "subspace"}, "tasks": None}), own)
    assert (draft["seeds"], draft["steps"], [each["name"] for each in drafts.of_study(drafts.to_study(draft))["methods"]]) == (
        3,
        100,
        ["equal", "pcgrad"],
    )
    assert replaced == ("weights",)
    assert draft["weights"] == usual(draft)["weights"]
    assert follow(draft, draft) == (draft, ())


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ({"headline": {"left": "macro_f1"}}, "headline"),
        ({"methods": [{"name": "pbi", "p": [0.2, 0.8]}]}, "methods"),
        ({"weights": [[0.3, 0.7]]}, "weights"),
        ({"weights": 101}, "weights"),
        ({"batch_size": 1024}, "batch_size"),
    ],
)
def test_what_cannot_be_kept_is_named(choice: dict[str, Any], name: str) -> None:
    own = drafts.of_study(Study.from_dict(choice))
    draft, replaced = follow(settle(own | {"suite": {"name": "subspace"}, "tasks": None}), own)
    assert replaced == (name,)
    assert drafts.to_study(draft).run_count < SMALL


def test_a_link_that_names_a_suite_alone_leads_to_its_own_study_and_is_as_short() -> None:
    opened, refused = drafts.from_parameters({"suite": "sprites"}, BASE, UPLOADS)
    study = drafts.to_study(settle(opened))
    assert not refused
    assert study.run_count < SMALL
    assert set(drafts.to_parameters(drafts.of_study(study), BASE, UPLOADS)) == {"suite", "tasks"}


def test_the_form_follows_the_suite_and_says_what_it_had_to_replace(
    put: Callable[..., str], visit: Callable[..., AppTest], pair: Any
) -> None:
    app = visit("play", put(pair), weights="21")
    app.get_by_key("play.suite").set_value("subspace").run()
    assert not app.exception
    assert not app.button(key="train").disabled
    assert app.get_by_key("play.weights.8.map").value == 0
    assert [each.value for each in app.caption if "Map of weightings" in each.value]
    app.get_by_key("play.suite").set_value("vitals").run()
    assert app.get_by_key("play.weights.3.map").value == 6
    assert not [each.value for each in app.caption if "Map of weightings" in each.value]
    app.get_by_key("play.tasks.vitals").set_value(["progression", "bmi"]).run()
    assert app.get_by_key("play.weights.2.map").value == 11
    assert not app.button(key="train").disabled


def test_a_small_table_gets_a_batch_that_it_can_fill(
    shelf: Store, put: Callable[..., str], visit: Callable[..., AppTest], pair: Any, answering: None
) -> None:
    app = visit("play", put(pair), suite="csv")
    rows = [f"{n % 7},{n % 5},{'ab'[n % 2]},{n}" for n in range(50)]
    app.file_uploader[0].upload("mine.csv", "\n".join(["x,y,letter,z", *rows]).encode()).run()
    (kept,) = (shelf.folder / "uploads").iterdir()
    app.get_by_key(f"play.suite.csv.{kept.stem[:12]}.targets").set_value(["y", "letter"]).run()
    assert not app.exception
    assert not app.error
    assert not app.button(key="train").disabled
    assert app.get_by_key("play.batch_size").value == 32

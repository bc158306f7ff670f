"""What a person sees of an example of a table."""

from pathlib import Path

import numpy as np
import pytest

from mtl_core.suites import load_suite
from mtl_core.suites.view import Field, in_words


@pytest.fixture
def flats(tmp_path: Path) -> Path:
    """A table with numbers, words, days, gaps, and values in units of their own."""
    rng = np.random.default_rng(3)
    lines = ["area,town,built,rent,loud"]
    for row in range(200):
        area = "" if row % 9 == 0 else f"{rng.uniform(20, 120):.1f}"
        town = "" if row % 11 == 0 else ("Rome", "Bern", "Oslo")[row % 3]
        built = f"20{row % 20:02d}-{1 + row % 12:02d}-{1 + row % 28:02d}"
        lines.append(f"{area},{town},{built},{rng.uniform(400, 2500):.2f},{('yes', 'no')[row % 2]}")
    path = tmp_path / "flats.csv"
    path.write_text("\n".join(lines))
    return path


def test_rows_read_as_in_the_file(flats: Path) -> None:
    suite = load_suite({"name": "csv", "path": str(flats), "targets": ["rent", "loud"]})
    cells = [line.split(",") for line in flats.read_text().splitlines()[1:]]
    names = {field.name: field for field in suite.fields}
    assert list(names) == ["area", "town", "built (year)", "built (month)", "built (weekday)"]
    for example, row in zip(suite.validation.inputs, suite.rows[1], strict=True):
        area, town, built, _, _ = cells[row]
        assert names["town"].read(example) == (town or "–")
        told = names["area"].read(example)
        assert told == "–" if not area else float(told) == pytest.approx(float(area), abs=0.51)
        assert names["built (year)"].read(example) == built[:4]
        assert int(names["built (month)"].read(example)) == int(built[5:7])
    (mean, spread), classes = suite.units
    assert classes == (0.0, 1.0)
    rents = [float(cells[row][3]) for row in suite.rows[1]]
    np.testing.assert_allclose(suite.validation.targets[0] * spread + mean, rents, rtol=1e-5)


def test_tasks_are_asked_for_by_their_columns(flats: Path) -> None:
    tasks = load_suite({"name": "csv", "path": str(flats), "targets": ["rent", "loud"]}).tasks
    assert [task.help for task in tasks] == ["What is 'rent'?", "What is 'loud'?"]


def test_a_category_that_has_no_place_is_told_apart_from_one_that_is_missing() -> None:
    field = Field("town", 1, ("Bern", "Rome"), missing=3)
    assert field.read(np.array([9, 0, 1, 0])) == "Rome"
    assert field.read(np.array([9, 0, 0, 0])) == "…"
    assert field.read(np.array([9, 0, 0, 1])) == "–"


@pytest.mark.parametrize(
    ("value", "spread", "words"),
    [(0.0, 1.0, "0"), (-0.001, 1.0, "0"), (1234.5, 300.0, "1234"), (2e9, 1e9, "2e+09"), (3e-9, 1e-9, "3e−09"), (5.0, 0.0, "5")],
)
def test_numbers_have_as_many_decimals_as_matter(value: float, spread: float, words: str) -> None:
    assert in_words(value, spread) == words

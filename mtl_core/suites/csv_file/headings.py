"""Which of the first rows have the names of the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mtl_core.errors import DataError, cut, some_of
from mtl_core.suites.csv_file.finding import Finding
from mtl_core.suites.csv_file.words import says_missing, seems_number

COLUMN_LIMIT = 2000

_NEARLY = 0.9
_SHOWN = 80


@dataclass(frozen=True)
class Headings:
    """The names, how many of the first rows they stand in, and what was found."""

    names: tuple[str, ...]
    skip: int
    findings: tuple[Finding, ...] = ()


def find_headings(rows: Sequence[Sequence[str]], name: str, asked: str = "auto") -> Headings:
    """The headings of a table.

    Args:
        rows: its first rows, at least one.
        name: of the file, for messages.
        asked: ``yes`` or ``no`` whether the first row has the names, or ``auto``.

    Raises:
        DataError: too many columns, or two of one name.
    """
    first, body = list(rows[0]), rows[1:]
    findings: list[Finding] = []
    width = len(body[0]) if body else len(first)
    if len(first) == width - 1 and all(len(cells) == width for cells in body):
        if all(not cells[-1].strip() for cells in body):
            first.append("")
            findings.append(
                Finding("Every row ends with a delimiter, and the headings do not: the last column is empty.", True)
            )
        else:
            first.insert(0, "row name")
            findings.append(Finding("The first column has no heading: it is taken for names of rows, called 'row name'.", True))
    same = [cells for cells in body if len(cells) == len(first)]
    numeric = [place for place in range(len(first)) if _is_numeric([cells[place] for cells in same])]
    if len(first) > COLUMN_LIMIT:
        raise DataError(f"{name} must have at most {COLUMN_LIMIT} columns, found {len(first)}; keep fewer.")
    if asked == "no" or (asked == "auto" and same and not _has_names(first, same, numeric)):
        names = tuple(f"column {place}" for place in range(1, len(first) + 1))
        words = f"'{names[0]}' to '{names[-1]}'"
        how = "as asked for" if asked == "no" else "the first row looks like the others; 'heading' says otherwise"
        return Headings(names, 0, (*findings, Finding(f"No headings ({how}): the columns are called {words}.", True)))
    skip, second = 1, None
    if asked == "auto" and _is_second(same, numeric):
        skip, second = 2, [cell.strip() for cell in same[0]]
        text = cut(", ".join(cell for cell in second if cell), _SHOWN)
        findings.append(Finding(f"A second row of headings ({text}) is no data and left out; heading='yes' keeps it.", True))
    return Headings(_named(first, second, name), skip, tuple(findings))


def _is_numeric(cells: Sequence[str]) -> bool:
    values = [cell for cell in cells if not says_missing(cell)]
    return bool(values) and sum(map(seems_number, values)) >= _NEARLY * len(values)


def _has_names(first: Sequence[str], body: Sequence[Sequence[str]], numeric: Sequence[int]) -> bool:
    filled = [place for place in numeric if not says_missing(first[place])]
    numbers = [place for place in filled if seems_number(first[place])]
    texts = [cell.strip() for cell in first]
    recurring = [place for place, text in enumerate(texts) if text and text in {cells[place].strip() for cells in body}]
    if numeric and not filled:
        return any(not first[place].strip() for place in numeric)
    if filled and 2 * len(numbers) <= len(filled):
        return True
    if not numbers:
        # Words over words alone: names of columns are not found among what stands below them.
        return 2 * len(recurring) < len(first)
    # Numbers as names (years, pixels) go up in even steps and are not found below.
    values = [float(first[place]) for place in numbers if first[place].strip().isdigit()]
    steps = {after - before for before, after in pairwise(values)}
    even = len(values) == len(numbers) and (steps == {1.0} or (len(values) == 1 and 1800 <= values[0] <= 2100))
    if even and len(numbers) > 1 and any(place not in numbers for place in numeric):
        return True
    words_recur = any(place in recurring for place in range(len(first)) if place not in numbers)
    return even and not words_recur and 2 * len([place for place in numbers if place in recurring]) < len(numbers)


def _is_second(body: Sequence[Sequence[str]], numeric: Sequence[int]) -> bool:
    """Whether the row below the names has words, such as units, wherever the rows below it have numbers."""
    if len(body) < 3 or not numeric:
        return False
    row, rest = body[0], body[1:]
    words = [row[place] for place in numeric if not says_missing(row[place])]
    others = [place for place in range(len(row)) if place not in numeric]
    if not words or any(map(seems_number, row)):
        return False
    if any(row[place].strip() and row[place] in {cells[place] for cells in rest} for place in others):
        return False
    return len(words) >= 2 or not any(row[place].strip() for place in others)


def _named(first: Sequence[str], second: Sequence[str] | None, name: str) -> tuple[str, ...]:
    headings = [cell.strip() for cell in first]
    if second is not None and (len(set(headings)) < len(headings) or "" in headings):
        # Two levels of names, as of a pivot table: the upper one stands once over several columns.
        upper = ""
        for place, heading in enumerate(headings):
            upper = heading or upper
            headings[place] = f"{upper} {second[place]}".strip()
    headings = [heading or f"column {place}" for place, heading in enumerate(headings, start=1)]
    if twice := sorted({heading for heading in headings if headings.count(heading) > 1}):
        raise DataError(f"{name} must have different column names, found {some_of(map(repr, twice))} twice; rename one.")
    return tuple(headings)

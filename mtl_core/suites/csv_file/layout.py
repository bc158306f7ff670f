"""How a text file is laid out: its delimiter, comments, and headings, and what of that was found out."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mtl_core.errors import DataError, shown
from mtl_core.suites.csv_file.comments import without_comments, without_runs
from mtl_core.suites.csv_file.finding import Finding
from mtl_core.suites.csv_file.headings import find_headings
from mtl_core.suites.csv_file.quotes import Quotes, look_at_quotes, without_spaces_beside

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}

_SAMPLE_BYTES = 1 << 18
_SAMPLE_ROWS = 200
_TITLES = 12
_NAMES = {separator: name for name, separator in DELIMITERS.items()}
_SEP_LINE = re.compile(rb'\A"?sep=([,;|\t:^~])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MAYBE_BLANK = (b"\n\n", b"\n\r", b"\r\r", b"\n ", b"\n\t", b"\r ", b"\r\t")


@dataclass(frozen=True)
class Layout:
    """Where the data of a text begin, and how they are to be cut.

    Args:
        data: the text as UTF-8, with nothing in it but rows.
        start: the byte at which the rows below the headings begin.
        separator: one character.
        quotes: whether there are quotes, and well-formed ones.
        names: the headings.
        lines_before: how many lines of the file come before the row at ``start``.
        plain_lines: whether each line from there on is a row.
        findings: what was found.
    """

    data: bytes
    start: int
    separator: str
    quotes: Quotes
    names: tuple[str, ...]
    lines_before: int
    plain_lines: bool
    findings: tuple[Finding, ...]


def find_layout(data: bytes, name: str, delimiter: str = "auto", heading: str = "auto") -> Layout:
    """The layout of a text.

    Args:
        data: UTF-8.
        name: of the file, for messages.
        delimiter: a name of ``DELIMITERS``, or ``auto`` for the one that splits the first rows evenly.
        heading: ``yes`` or ``no`` whether the first row has the names, or ``auto``.

    Raises:
        DataError: no table can be seen in it.
    """
    findings: list[Finding] = []
    removed = 0
    if (said := _SEP_LINE.match(data)) is not None:
        data, removed = data[said.end() :], 1
        separator = said.group(1).decode()
        findings.append(Finding(f"The first line says so: {_named(separator)} stands between cells.", True))
    else:
        separator = ""
    data, comments, leading = without_comments(data)
    removed += leading
    if comments:
        lines = "1 comment line" if comments == 1 else f"{comments:,} comment lines"
        findings.append(Finding(f"{lines} left out: they begin with '#' or '//'.", True))
    if not data.strip():
        raise DataError(f"{name} must have a heading row and data, found an empty file; choose another.")
    if (tidy := without_spaces_beside(data)) is not None:
        data = tidy
        findings.append(Finding("Spaces stand between delimiters and quotes: they are no part of the cells.", True))
    separator = DELIMITERS[delimiter] if delimiter != "auto" else separator or _sniff(data, name)
    if separator == " ":
        data = without_runs(data)
        findings.append(Finding("Spaces stand between the cells, any number of them.", True))
        separator = "\t"
    elif separator != "," and said is None:
        findings.append(Finding(f"{_named(separator).capitalize()} stands between cells."))
    rows, ends = _sample(data, separator)
    if not rows:
        raise DataError(f"{name} must have a heading row and data, found an empty file; choose another.")
    before = _lines_before_names([cells for cells, _ in rows])
    if before:
        lines = "1 line" if before == 1 else f"{before} lines"
        findings.append(Finding(f"{lines} before the headings left out, for they have other cells than the rows.", True))
    rows = rows[before:]
    found = find_headings([cells for cells, _ in rows], name, heading)
    heading_lines = rows[found.skip - 1][1] if found.skip else 0
    start = ends[heading_lines]
    quotes = look_at_quotes(data, separator)
    # Looked for one by one: a pattern would take a second for 50 MB.
    blank = any(data.find(signs, max(start - 1, 0)) >= 0 for signs in _MAYBE_BLANK)
    plain = not quotes.any and not comments - leading and not blank
    return Layout(data, start, separator, quotes, found.names, removed + heading_lines, plain, (*findings, *found.findings))


def _named(separator: str) -> str:
    return f"a {_NAMES[separator]}" if separator in _NAMES else f"the sign {shown(separator)}"


def _sniff(data: bytes, name: str) -> str:
    best, widest = "", (False, 1)
    for separator in (",", ";", "\t", "|"):
        score = _evenness(data, separator)
        if score[1] > 1 and (not best or score > widest):
            best, widest = separator, score
    if best not in (",", ";", "|") or not widest[0]:
        even, width = _evenness(without_runs(data[:_SAMPLE_BYTES]), "\t")
        # Columns that are lined up by spaces, or by tabs of which some rows have more.
        if width > 1 and even and (not widest[0] or width > widest[1]):
            aligned = not best or not widest[0] or b"  " in data[:_SAMPLE_BYTES]
            return " " if aligned else best
    if not best:
        raise DataError(
            f"{name} must have two or more columns between commas, semicolons, tabs or bars, found one; check its delimiter."
        )
    return best


def _evenness(data: bytes, separator: str) -> tuple[bool, int]:
    """Whether the first rows have equally many cells, and how many; names of rows may have no heading."""
    widths = [len(cells) for cells, _ in _sample(data, separator, 20)[0]] or [0]
    return len(set(widths[1:] or widths)) == 1 and widths[0] in (widths[-1], widths[-1] - 1), widths[-1]


def _lines_before_names(rows: list[list[str]]) -> int:
    """How many of the first rows are titles or remarks: narrower than all others, and followed by a row of names."""
    width = len(rows[-1])
    body = [place for place, cells in enumerate(rows[:_TITLES]) if len(cells) in (width, width - 1)]
    if width < 3 or not body or not body[0] or len(rows) < body[0] + 4:
        return 0
    if any(len(cells) != width for cells in rows[body[0] + 1 :]):
        return 0
    return body[0] if find_headings(rows[body[0] :], "").skip else 0


def _sample(data: bytes, separator: str, most: int = _SAMPLE_ROWS) -> tuple[list[tuple[list[str], int]], list[int]]:
    """The first rows, each with how many lines it and those before it took; and the byte at which so many lines end."""
    text = data[:_SAMPLE_BYTES].decode(errors="ignore")
    if len(data) > _SAMPLE_BYTES:
        text = text[: text.rfind("\n") + 1] or text  # the last line may be cut
    lines = _LINE.findall(text)
    reader = csv.reader(iter(lines), delimiter=separator)
    rows: list[tuple[list[str], int]] = []
    try:
        rows.extend(islice(((cells, reader.line_num) for cells in reader if any(map(str.strip, cells))), most))
    except csv.Error:
        rows = rows or [([""], 1)]
    ends = [0]
    for line in lines[: rows[-1][1] if rows else 0]:
        ends.append(ends[-1] + len(line.encode()))
    return rows, ends


def exact_rows(layout: Layout, name: str) -> Iterator[list[str]]:
    """The rows below the headings, read one by one: slow, and it names the line that is wrong.

    Raises:
        DataError: a row of another width than the headings, or broken quotes.
    """
    text = io.TextIOWrapper(io.BytesIO(layout.data[layout.start :]), encoding="utf-8", newline="")
    reader, width = csv.reader(text, delimiter=layout.separator, strict=True), len(layout.names)
    try:
        for cells in reader:
            if not cells or (len(cells) == 1 and not cells[0].strip() and width > 1):
                continue  # an empty line is no row
            line = layout.lines_before + reader.line_num
            if len(cells) != width:
                raise DataError(
                    f"every row of {name} must have {width} cells as the heading row has, found {len(cells)} at line {line}; "
                    "check that line's delimiters and quotes."
                )
            yield [cell.strip() for cell in cells]
    except csv.Error as error:
        line = layout.lines_before + reader.line_num
        raise DataError(f"{name} must be well-formed CSV, found at line {line}: {error}; check its quotes.") from None


def line_of(layout: Layout, place: int) -> int:
    """The line of the file on which a row ends.

    Args:
        layout: of the text.
        place: of the row below the headings, empty lines not counted.
    """
    if layout.plain_lines:
        return layout.lines_before + place + 1
    text = io.TextIOWrapper(io.BytesIO(layout.data[layout.start :]), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=layout.separator)
    rows = (reader.line_num for cells in reader if len(cells) > 1)
    return layout.lines_before + next(islice(rows, place, None), 0)

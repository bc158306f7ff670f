"""What stands in a text beside its cells: comment lines, and runs of spaces where one delimiter is meant."""

import csv
import io
import re

_COMMENT = re.compile(rb"(?:\A|(?<=\n)|(?<=\r))(?:#|//)[^\r\n]*(?:\r\n|\r|\n|\Z)")
_DELIMITERS = (b",", b";", b"\t", b"|")
_MARKS = (b"#", b"//")
_HEAD = 1 << 16


def without_comments(data: bytes) -> tuple[bytes, int, int]:
    """The text without its comment lines; how many there were, and how many of them came before every row.

    A line that begins so and has as many delimiters as the first other line is a row, such as one of headings.

    Args:
        data: UTF-8 text.
    """
    if not data.startswith(_MARKS) and not any(end + mark in data for end in (b"\n", b"\r") for mark in _MARKS):
        return data, 0, 0
    others = (line for line in _COMMENT.sub(b"", data[:_HEAD]).splitlines() if line.strip())
    first = next(others, b"")
    widths = {sign: count for sign in _DELIMITERS if (count := first.count(sign))}
    kept: list[bytes] = []
    last = quotes = comments = leading = 0
    for match in _COMMENT.finditer(data):
        line, before = match.group(), data[last : match.start()]
        if any(line.count(sign) == count for sign, count in widths.items()):
            continue
        if (quotes + before.count(b'"')) % 2:
            continue  # it stands in a cell of several lines
        quotes += before.count(b'"')
        kept.append(before)
        comments += 1
        leading += comments == leading + 1 and not before.strip()
        last = match.end()
    return b"".join([*kept, data[last:]]), comments, leading


def without_runs(data: bytes) -> bytes:
    """The text with one tab for any number of spaces and tabs between cells, and none at the ends of its lines.

    Args:
        data: UTF-8 text; spaces within quotes stay.
    """
    if b'"' not in data:
        return re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", data))
    held = io.StringIO()
    writer = csv.writer(held, delimiter="\t", lineterminator="\n")
    lines = (line.replace("\t", " ").strip() + "\n" for line in data.decode(errors="ignore").splitlines())
    try:
        writer.writerows(csv.reader(lines, delimiter=" ", skipinitialspace=True))
    except csv.Error:
        return data
    return held.getvalue().encode()

"""From the bytes of a text file to UTF-8: finding out the encoding, and saying it."""

import codecs
import re

from mtl_core.errors import DataError, shown
from mtl_core.suites.csv_file.finding import Finding

ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "mac_roman", "shift_jis", "gb18030")
"""What a text can be said to be written in."""

_NAMES = {
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
}
_PIECE = 1 << 22
_CONTROL = bytes([*range(9), *range(14, 27), *range(28, 32)])
_FOREIGN_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")


def to_utf8(data: bytes, name: str, asked: str = "auto") -> tuple[bytes, Finding | None]:
    """The text as UTF-8 without a byte order mark, and what was found where it was anything else.

    Args:
        data: a text file's bytes.
        name: of the file, for messages.
        asked: one of ``ENCODINGS``, or ``auto``.

    Raises:
        DataError: no text, or not in the encoding asked for.
    """
    encoding = _guess(data) if asked == "auto" else asked
    if encoding == "utf-8":
        data = data.removeprefix(codecs.BOM_UTF8)
        if (wrong := _first_wrong(data)) is not None:
            line = data.count(b"\n", 0, wrong) + 1
            if asked != "auto" or _is_mostly_utf8(data):
                raise DataError(f"{name} must be UTF-8 text, found other bytes at line {line}; save it as CSV with UTF-8.")
            encoding = "cp1252"
    if encoding != "utf-16" and (place := _first_control(data)) is not None:
        line = data.count(b"\n", 0, place) + 1
        found = "a zero byte" if data[place] == 0 else f"the control byte {data[place]}"
        raise DataError(f"{name} must be text, found {found} at line {line}; save the table as CSV with UTF-8.")
    if encoding == "utf-8":
        return data, None
    text = _recoded(data, encoding, name)
    if asked != "auto":
        return text, Finding(f"Encoding: {_NAMES.get(encoding, encoding.upper())}, as asked for.", new=True)
    if encoding == "utf-16":
        return text, Finding("Encoding: UTF-16, told by how its bytes alternate.", new=True)
    word = _foreign_word(text)
    example = f" (as in {shown(word, 30)})" if word else ""
    return text, Finding(f"Encoding: {_NAMES[encoding]}, for it is no UTF-8{example}; 'encoding' says another.", new=True)


def _first_control(data: bytes) -> int | None:
    """The place of the first byte that no text has. Piece by piece, without a copy of the whole."""
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE]
        if len(piece.translate(None, _CONTROL)) < len(piece):
            return start + min(place for sign in _CONTROL if (place := piece.find(sign)) >= 0)
    return None


def _foreign_word(text: bytes) -> str:
    """The first word with a sign beyond ASCII, which tells a person whether the encoding is right."""
    first = re.search(rb"[^\x00-\x7f]", text)
    around = text[max(0, first.start() - 30) : first.start() + 40].decode(errors="ignore") if first else ""
    word = _FOREIGN_WORD.search(around)
    return word.group() if word else ""


def _guess(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:2000]
    return "utf-16" if len(head) > 3 and max(head[::2].count(0), head[1::2].count(0)) > 0.4 * len(head) / 2 else "utf-8"


def _first_wrong(data: bytes) -> int | None:
    """The place of the first byte that is no UTF-8. Piece by piece: the whole text would take its size in memory again."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE):
        try:
            decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            return max(0, start + error.start)
    return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether there are signs beyond ASCII that are right as UTF-8, and no fewer than wrong ones."""
    wrong = right = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for start in range(0, len(data), _PIECE):
        text = decoder.decode(data[start : start + _PIECE])
        wrong += text.count("\ufffd")
        right += len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return right > 0 and right >= wrong


def _recoded(data: bytes, encoding: str, name: str) -> bytes:
    if encoding == "utf-16":
        little = data.startswith(codecs.BOM_UTF16_LE) or (
            not data.startswith(codecs.BOM_UTF16_BE) and data[1:2000:2].count(0) >= data[:2000:2].count(0)
        )
        encoding = "utf-16-le" if little else "utf-16-be"
    decoder = codecs.getincrementaldecoder(encoding)()
    pieces = []
    try:
        for start in range(0, len(data), _PIECE):
            pieces.append(decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data)).encode())
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        line = data.count(b"\n", 0, start + max(0, error.start)) + 1
        raise DataError(
            f"{name} must be text in one encoding, found bytes at line {line} that are neither UTF-8 nor {encoding}; save it "
            "as CSV with UTF-8."
        ) from None
    text = b"".join(pieces).removeprefix(codecs.BOM_UTF8)
    if b"\0" in text:
        line = text.count(b"\n", 0, text.find(b"\0")) + 1
        raise DataError(f"{name} must be text, found a zero byte at line {line}; save the table as CSV with UTF-8.")
    return text

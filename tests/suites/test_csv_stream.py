"""A table is looked at block by block, with the findings of the exact reader."""

from pathlib import Path

import pytest

from mtl_core.suites.csv_file import inspect, preview, stream


def test_blocks_find_what_the_exact_reader_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    rows = (f"{n},{n % 7 or ''}, {'ab'[n % 2]} ,{'x' if n == 900 else n / 8},w{n},NaN,{n % 2}.0" for n in range(2000))
    path.write_text("n,few,letter,mixed,word,bad,one\n" + "\n".join(rows) + "\n")
    monkeypatch.setattr(stream, "BLOCK", 1000)
    monkeypatch.setattr(stream, "BLOCK_OF_COLUMN", 1000)
    shares: list[float] = []
    found = inspect(str(path), "auto", shares.append)
    assert len(shares) > 3, "it is read in pieces"
    assert shares == sorted(shares)
    assert shares[-1] <= 1
    monkeypatch.setattr(preview, "look", lambda *_: None)
    assert inspect(str(path)) == found

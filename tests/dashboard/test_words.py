"""Names that people type stay text."""

import re

import pytest

from dashboard.words import escape_markdown


@pytest.mark.parametrize("name", ["https://evil.example/a", "HTTP://evil.example", "www.evil.example", "me@evil.example"])
def test_an_address_in_a_name_is_no_link(name: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", escape_markdown(f"see {name}"))  # what is left once escapes are resolved
    assert not re.search(r"(?i)(https?://|www(?=\.))[-.\w]|[-.\w+]@[-\w]", shown)
    assert shown.replace("\u2060", "") == f"see {name}"

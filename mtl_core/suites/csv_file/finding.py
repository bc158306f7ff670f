"""What was found out about a table, as words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was found out.

    Args:
        text: a sentence: what was found, what is done, and where it is not certain, which option says otherwise.
        new: whether Seesaw 0.1's first reader of tables refused or read it otherwise.
    """

    text: str
    new: bool = False

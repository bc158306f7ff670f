"""Lessons: one a file. Each asks for a prediction first, trains a small study, and uncovers what came out.

A new lesson is a file and a line here; the contract is in ``lesson``, and ``tests/lessons`` runs every one of them.
"""

from dashboard.lessons import (
    experts,
    joining_later,
    map_of_weights,
    negative_transfer,
    sliding,
    weights_cannot_go,
    which_together,
)
from dashboard.lessons.lesson import Answer, Bins, Claim, Evidence, Lesson, Marks, Prediction, off_by

LESSONS: dict[str, Lesson] = {
    module.LESSON.name: module.LESSON
    for module in (
        negative_transfer,
        map_of_weights,
        weights_cannot_go,
        which_together,
        experts,
        sliding,
        joining_later,
    )
}
"""Every lesson by its name in links, in the order in which they are taught."""

__all__ = ["LESSONS", "Answer", "Bins", "Claim", "Evidence", "Lesson", "Marks", "Prediction", "off_by"]

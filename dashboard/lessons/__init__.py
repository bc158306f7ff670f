"""Lessons: one a file. Each asks for a prediction first, trains a small study, and uncovers what came out.

A new lesson is a file and a line here; the contract is in ``lesson``, and ``tests/lessons`` runs every one of them.
"""

from dashboard.lessons import (
    capacity,
    conflict_is_not_transfer,
    dial_of_relatedness,
    experts,
    how_many_seeds,
    joining_later,
    learning_rate,
    map_of_weights,
    methods_against_equal,
    negative_transfer,
    regularisation_or_transfer,
    sliding,
    weights_cannot_go,
    which_together,
    who_pays,
)
from dashboard.lessons.lesson import Answer, Bins, Claim, Evidence, Lesson, Marks, Prediction, off_by

LESSONS: dict[str, Lesson] = {
    module.LESSON.name: module.LESSON
    for module in (
        negative_transfer,
        dial_of_relatedness,
        conflict_is_not_transfer,
        who_pays,
        regularisation_or_transfer,
        capacity,
        map_of_weights,
        methods_against_equal,
        learning_rate,
        weights_cannot_go,
        which_together,
        how_many_seeds,
        experts,
        sliding,
        joining_later,
    )
}
"""Every lesson by its name in links, in the order in which they are taught."""

__all__ = ["LESSONS", "Answer", "Bins", "Claim", "Evidence", "Lesson", "Marks", "Prediction", "off_by"]

"""What a comparison is with and when, as people read it. No Streamlit."""

from dashboard.words import _
from mtl_core.diagnostics.sides import ALONE, BEST_FIXED, HARD


def reference_words(reference: str) -> str:
    """A reference as people read it, in the middle of a sentence."""
    return {ALONE: _("each task alone"), BEST_FIXED: _("the best fixed weights"), HARD: _("the same with hard sharing")}.get(
        reference, reference
    )


def moment_words(moment: str) -> str:
    """A moment as people read it."""
    return {"best": _("at the best step"), "end": _("at the end")}[moment]

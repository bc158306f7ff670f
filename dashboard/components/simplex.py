"""Weights that always sum to one: a slider a task; moving one makes the others give way in proportion."""

from collections.abc import Sequence

import streamlit as st

from dashboard.words import escape_markdown

PARTS = 100
"""The steps into which one is divided; a slider moves by one of them."""


def simplex(tasks: Sequence[str], key: str, value: Sequence[float], *, disabled: bool = False) -> tuple[float, ...]:
    """Draw the sliders and return the weights.

    Each slider is an ordinary one: arrow keys move it by one hundredth, and a screen reader says its value.

    Args:
        tasks: names, one a slider.
        key: prefix of the sliders' session keys.
        value: the weights when the control is new on the page.
        disabled: whether they can be moved.

    Returns:
        Weights of at least zero whose sum is one, to a hundredth each.
    """
    kept, keys = f"{key}.parts", [f"{key}.{place}" for place in range(len(tasks))]
    if kept not in st.session_state:
        st.session_state[kept] = parts_of(value)
    for each, part in zip(keys, st.session_state[kept], strict=True):
        if each not in st.session_state:
            st.session_state[each] = part / PARTS
    for place, task in enumerate(tasks):
        st.slider(
            escape_markdown(task),
            0.0,
            1.0,
            step=1 / PARTS,
            format="%.2f",
            key=keys[place],
            on_change=_give_way,
            args=(kept, keys, place),
            disabled=disabled,
        )
    return tuple(part / PARTS for part in st.session_state[kept])


def _give_way(kept: str, keys: list[str], moved: int) -> None:
    if keys[moved] not in st.session_state:
        # The sliders were put away before their last movement arrived.
        return
    values = list(st.session_state[kept])
    values[moved] = round(float(st.session_state[keys[moved]]) * PARTS)
    st.session_state[kept] = rebalanced(values, moved)
    for each, part in zip(keys, st.session_state[kept], strict=True):
        st.session_state[each] = part / PARTS


def rebalanced(values: Sequence[int], moved: int) -> list[int]:
    """Whole parts that sum to ``PARTS``: the moved one keeps its value, the others share the rest as they did before.

    >>> rebalanced([80, 50, 50], 0)
    [80, 10, 10]
    >>> rebalanced([100, 0, 0], 1)
    [100, 0, 0]
    >>> rebalanced([40, 0, 0], 0)
    [40, 30, 30]
    """
    rest = PARTS - values[moved]
    others = [value for place, value in enumerate(values) if place != moved]
    shares = _shared(rest, others if sum(others) else [1] * len(others))
    return [*shares[:moved], values[moved], *shares[moved:]]


def parts_of(weights: Sequence[float]) -> list[int]:
    """Weights as whole parts that sum to ``PARTS``, the nearest ones.

    >>> parts_of([1 / 3, 1 / 3, 1 / 3])
    [34, 33, 33]
    """
    return _shared(PARTS, list(weights) if sum(weights) > 0 else [1.0] * len(weights))


def _shared(whole: int, shares: Sequence[float]) -> list[int]:
    # Largest remainder: nobody is off by a whole part, and the sum is exact.
    exact = [whole * share / sum(shares) for share in shares]
    floors = [int(value) for value in exact]
    order = sorted(range(len(shares)), key=lambda place: floors[place] - exact[place])
    for place in order[: whole - sum(floors)]:
        floors[place] += 1
    return floors

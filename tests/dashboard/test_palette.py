"""Task colours: distinct, readable on both grounds, and told apart by colour-blind eyes with the help of dash and marker."""

import re
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures import palette
from dashboard.figures.ends import colors_of, styles_of
from dashboard.serving.theme import ACCENT, options
from mtl_core.spec import METHODS, Study
from mtl_core.spec.plan import plan

WHITE, DARK = "#ffffff", "#12171e"

# Machado, Oliveira and Fernandes 2009, severity 1: protanopia, deuteranopia, tritanopia; applied to linear light.
EYES = {
    "common": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


def light(color: str) -> np.ndarray:
    """Linear light of a #RRGGBB colour."""
    part = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(light(color) @ [0.2126, 0.7152, 0.0722]) for color in (first, second))
    return (high + 0.05) / (low + 0.05)


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    scaled = matrix @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    root = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("color", [*palette.COLORS, *palette.METHOD_COLORS, palette.METHOD, palette.NEUTRAL])
def test_colours_stand_out_on_light_and_dark(color: str) -> None:
    assert contrast(color, WHITE) >= 3
    assert contrast(color, DARK) >= 3


@pytest.mark.parametrize("eye", EYES)
def test_eight_tasks_have_colours_that_differ_for_every_eye(eye: str) -> None:
    assert len(palette.COLORS) >= 8
    seen = [lab(EYES[eye] @ light(color)) for color in palette.COLORS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 14


def test_forty_tasks_have_forty_looks() -> None:
    styles = [palette.task_style(index) for index in range(40)]
    assert len({(style.color, style.dash) for style in styles}) == 40
    assert all(a.color != b.color and a.dash != b.dash for a, b in pairwise(styles))


def test_a_colour_comes_again_with_another_dash_and_marker_alone() -> None:
    count = len(palette.COLORS)
    for place in range(count):
        same = [palette.task_style(place + turn * count) for turn in range(5)]
        assert {style.color for style in same} == {palette.COLORS[place]}
        assert len({style.dash for style in same}) == len({style.marker for style in same}) == 5


def test_no_colour_can_be_taken_for_that_of_methods_or_of_no_task() -> None:
    others = [lab(light(color)) for color in (palette.METHOD, palette.NEUTRAL)]
    assert min(np.linalg.norm(lab(light(color)) - other) for color in palette.COLORS for other in others) > 14


def test_every_method_has_a_look_of_its_own_and_twelve_have_colours_far_apart() -> None:
    assert set(palette.METHOD_NAMES) <= set(METHODS)
    looks = [palette.method_style(name) for name in dict.fromkeys((*palette.METHOD_NAMES, *METHODS)) if name != "fixed"]
    assert len({(look.color, look.marker) for look in looks}) == len(looks), "put the new method last in METHOD_NAMES"
    assert len({(look.color, look.dash) for look in looks}) == len(looks), "put the new method last in METHOD_NAMES"
    assert len({look.color for look in looks[:12]}) == len({look.marker for look in looks[:12]}) == 12
    seen = [lab(light(color)) for color in palette.METHOD_COLORS]
    others = [lab(light(color)) for color in (*palette.COLORS, palette.NEUTRAL)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 20
    assert min(np.linalg.norm(a - b) for a in seen for b in others) > 14


def test_a_method_keeps_its_look_in_every_study() -> None:
    def looks(*methods: Any) -> Any:
        return styles_of(runs_of(Study(methods=list(methods), weights=0, seeds=1)))

    assert looks("uw", "equal")["equal"] == looks("equal")["equal"] == palette.method_style("equal")
    twice = looks({"name": "cagrad", "c": 0.2}, {"name": "cagrad", "c": 0.8})
    assert len({look.color for look in twice.values()}) == 1
    assert len({look.marker for look in twice.values()}) == len({look.dash for look in twice.values()}) == 2
    colors = colors_of(runs_of(Study(methods=["equal", "uw"], strategies=["hard", "mmoe"], weights=3, seeds=1)))
    assert colors["hard · uw"] == palette.method_style("uw").color
    assert len(set(colors.values())) == len(colors), "no two lines that lie over each other have one colour"


def runs_of(study: Study) -> pd.DataFrame:
    rows = [{"label": run.label, "role": run.role, "method": run.method.name, "strategy": run.strategy} for run in plan(study)]
    return pd.DataFrame(rows)


def test_a_task_keeps_its_look_whichever_tasks_are_shown() -> None:
    assert palette.task_styles(["a", "b", "c"])["b"] == palette.task_style(1)


def test_no_task_has_the_colour_of_methods_or_of_the_page() -> None:
    reserved = {palette.METHOD, *ACCENT.values()}
    assert not reserved & set(palette.COLORS)


def test_colours_are_strict_css() -> None:
    scales = (palette.DIVERGING, palette.PALE_DIVERGING, palette.SEQUENTIAL, palette.SHARE, palette.blend("#000000", "#ffffff"))
    colors = [*palette.COLORS, palette.QUIET, palette.CONFLICT_ZONE, palette.faded(palette.BLUE, 0.2)]
    colors += [str(stop[1]) for scale in scales for stop in scale]
    for color in colors:
        assert re.fullmatch(r"#[0-9A-Fa-f]{6}|rgba\(\d{1,3}, \d{1,3}, \d{1,3}, [01]?\.?\d+\)", color), color


@pytest.mark.parametrize("scale", [palette.PALE_DIVERGING, palette.SHARE])
def test_letters_are_readable_on_pale_scales(scale: tuple[tuple[float, str], ...]) -> None:
    assert all(contrast(palette.ON_PALE, color) >= 7 for _, color in scale)


@pytest.mark.parametrize("ground", [WHITE, DARK])
@pytest.mark.parametrize("color", list(palette.VERDICT_COLORS.values()))
def test_verdict_marks_stand_out_and_their_words_are_in_the_pages_ink(color: str, ground: str) -> None:
    assert contrast(color, ground) >= 3
    text = palette.marked("negative", "negative")
    assert text.endswith("</span> negative")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("hue", ["red", "green", "gray"])
def test_verdict_words_have_a_contrast_of_four_and_a_half(mode: str, hue: str) -> None:
    theme = {name.removeprefix(f"theme.{mode}."): str(value) for name, value in options().items()}
    for ground in ("backgroundColor", "secondaryBackgroundColor", f"{hue}BackgroundColor"):
        assert contrast(theme[f"{hue}TextColor"], theme[ground]) >= 4.5
    assert contrast(theme["textColor"], theme["backgroundColor"]) >= 4.5, "words of verdicts in pictures"


def test_shares_near_half_look_alike_and_unlike_far_ones() -> None:
    def colour(share: float) -> np.ndarray:
        stops = np.array([stop for stop, _ in palette.SHARE])
        parts = np.array([[int(c[p : p + 2], 16) for p in (1, 3, 5)] for _, c in palette.SHARE])
        return np.array([np.interp(share, stops, parts[:, part]) for part in range(3)])

    near = np.linalg.norm(colour(0.46) - colour(0.52))
    assert np.linalg.norm(colour(0.72) - colour(0.52)) > 3 * near
    assert np.linalg.norm(colour(0.28) - colour(0.72)) > 6 * near

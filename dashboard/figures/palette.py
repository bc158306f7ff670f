"""Colours, dashes and markers: one of each for a task on every page, readable for colour-blind eyes, in light and dark.

The first hues follow Okabe and Ito (2008), moved in lightness until each has a contrast of 3:1 on white and on the dark
background. The last four were searched for among all colours with that contrast: those farthest from each other and from the
first, as common, protan, deutan and tritan eyes see them. Dash and marker always go with the colour, and a ninth task, whose
colour is the first one's again, has another of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#DB7B00", "#00A078", "#A33BD9"
BROWN, ROSE, OLIVE, VIOLET = "#8A6A10", "#B280B2", "#537345", "#8A14FF"

COLORS = (BLUE, ORANGE, GREEN, PURPLE, BROWN, ROSE, OLIVE, VIOLET)
"""The task colours, in task order."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "hexagon", "triangle-down", "pentagon", "star", "bowtie")

METHOD = "#C4304F"
"""The colour of what is a balancing method, or one model, and need not be told from others; no task has it."""

METHOD_COLORS = (
    *("#E10000", "#0078FF", "#F06900", "#964B96", "#00A54B", "#FF00C3"),
    *("#875A4B", "#0096D2", "#C33C78", "#2D4BFF", "#FF5A4B", "#0096FF"),
)
"""The colours that tell methods apart: among those with a contrast of 3:1 on both grounds, twelve far from each other, from the
tasks' colours and from grey."""

METHOD_MARKERS = (
    *("star", "diamond-tall", "x", "hourglass", "triangle-down", "cross", "hexagram", "bowtie", "pentagon"),
    *("triangle-up", "triangle-right", "star-diamond", "diamond-wide"),
)
"""One more than there are colours, so that a colour that comes again has another marker; no task alone and no weighting has
one of them."""

VARIANTS = ("", "-open", "-dot", "-open-dot")
"""What a marker's name ends with for a method that a study has more than once, with other options or at other rates."""

METHOD_NAMES = (
    "equal",
    "pcgrad",
    "uw",
    "mgda",
    "nash_mtl",
    "cagrad",
    "famo",
    "imtl_g",
    "rlw",
    "dwa",
    "gradnorm",
    "upgrad",
    "gls",
    "si",
    "imtl_l",
    "stch",
    "tchebycheff",
    "pbi",
    "cosmos",
    "go4align",
    "cov",
    "graddrop",
    "gradvac",
    "conicgrad",
    "aligned_mtl",
    "fairgrad",
    "dualproj",
    "pcd",
    "config",
    "moco",
    "db_mtl",
    "excess_mtl",
    "modo",
    "sdmgrad",
    "auto_lambda",
    "moml",
    "forum",
    "cr_mogm",
)
"""Methods in the order in which they have their looks, those most often compared first. A name keeps its place for ever. One
that is not here has a look by its letters, and needs a place only where that is another one's already."""

NEUTRAL = "#7A808A"
"""Lines and words that belong to no task: zero lines, baselines' levels, notes."""

CHOSEN = "#4D69E6"
"""What was chosen of many, such as groups of tasks; no task and no method has it."""

QUIET = "rgba(128, 134, 145, 0.18)"
"""Grid lines."""

BAD, GOOD, OPEN = "#C4304F", "#00A078", "#7A808A"
"""Negative, positive and unclear transfer; the sign and the word always stand beside the colour. For marks alone: no colour has
a contrast of 4.5:1 on white and on the dark background, so words are in the ink of the page."""

CONFLICT_ZONE = "rgba(196, 48, 79, 0.08)"
"""The shade behind cosines below zero."""

VERDICT_COLORS = {"negative": BAD, "positive": GOOD, "unclear": OPEN}
VERDICT_MARKS = {"negative": "▼", "positive": "▲", "unclear": "○"}

DIVERGING = ((0.0, "#B3402E"), (0.25, "#DD9A7C"), (0.5, "#C9CCD1"), (0.75, "#6FA9D2"), (1.0, "#0B67A3"))
"""Losses in red, gains in blue, grey between; readable without red-green vision. For marks without words on them."""

PALE_DIVERGING = ((0.0, "#E58C76"), (0.5, "#EEF0F3"), (1.0, "#7DB3E3"))
"""The same for cells with words on them: dark letters have a contrast of 7:1 everywhere on it."""

SEQUENTIAL = ((0.0, "#35507F"), (0.33, "#3E7F9B"), (0.66, "#5FB08A"), (1.0, "#E3C64B"))
"""Low to high, rising in lightness all the way."""

SHARE = ((0.0, "#7DB3E3"), (0.5, "#EEF0F3"), (1.0, "#EC95A9"))
"""Fewer conflicting steps than chance gives, as many (half), and more; pale enough for dark letters."""

ON_PALE = "#14181F"
"""Letters on the pale scales, on either theme."""


@dataclass(frozen=True)
class TaskStyle:
    """How one task, or one method, is drawn everywhere: its colour, line dash and marker."""

    color: str
    dash: str
    marker: str


def task_style(index: int) -> TaskStyle:
    """The style of the task at ``index`` of its study; colour and dash together are unique for the first 48 tasks."""
    turn = index // len(COLORS)
    place = index % len(COLORS)
    # Going back by one a turn, neighbours have different dashes also where a turn ends.
    return TaskStyle(COLORS[place], DASHES[(place - turn) % len(DASHES)], MARKERS[(place + 3 * turn) % len(MARKERS)])


def task_styles(tasks: Sequence[str]) -> dict[str, TaskStyle]:
    """The style of every task by name; ``tasks`` are all of the study's tasks, in its order, whichever are shown."""
    return {task: task_style(index) for index, task in enumerate(tasks)}


def marked(verdict: str, word: str) -> str:
    """A verdict for Plotly: its mark in its colour, the word in the ink of the page."""
    color, mark = VERDICT_COLORS.get(verdict, NEUTRAL), VERDICT_MARKS.get(verdict, "")
    return f"<span style='color:{color}'>{mark}</span> {word}"


def method_style(name: str, variant: int = 0) -> TaskStyle:
    """The look of a balancing method, the same in every study and on every page.

    Args:
        name: the method's; one that has no place yet gets a look by its letters.
        variant: how many ways to train with the same method a study has before this one.
    """
    place = METHOD_NAMES.index(name) if name in METHOD_NAMES else crc32(name.encode())
    marker = METHOD_MARKERS[place % len(METHOD_MARKERS)] + VARIANTS[variant % len(VARIANTS)]
    dash = DASHES[(place // len(METHOD_COLORS) + variant) % len(DASHES)]
    return TaskStyle(METHOD_COLORS[place % len(METHOD_COLORS)], dash, marker)


def method_styles(labels: Sequence[str]) -> dict[str, TaskStyle]:
    """The look of every method in a list of labels: a name and, in brackets, its options."""
    names = [label.partition("(")[0] for label in labels]
    return {label: method_style(names[place], names[:place].count(names[place])) for place, label in enumerate(labels)}


def faded(color: str, opacity: float) -> str:
    """A ``#RRGGBB`` colour with an opacity, as strict CSS.

    >>> faded("#0072B2", 0.25)
    'rgba(0, 114, 178, 0.25)'
    """
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def blend(start: str, end: str) -> list[list[float | str]]:
    """A Plotly colour scale from one task's colour over grey to another's: which side the weight is on."""
    return [[0.0, start], [0.5, "#B9BDC4"], [1.0, end]]

"""The sentences of ``decisions``, with gaps."""

from mtl_core.diagnostics.sides import BEST_FIXED, HARD

CHANGE = "{delta_m} %, {low} to {high}"
CHANGE_ALONE = "{delta_m} %, no interval"
MORE_NAMES = ("{count} more", "{count} more")
ONE_SEED = "One seed says nothing of others: there is no answer yet. Train with three seeds or more."
MORE_SEEDS = ("About {count} more seed would show such a difference.", "About {count} more seeds would show such a difference.")
TIES = "Not clearly behind it: {labels}."

GAINS = "Share: {label} gains over the tasks alone ({change})."
ALL_LOSE = (
    "Do not share: {label} loses against the tasks alone ({change}).",
    "Do not share: all {count} lose against the tasks alone, {label} least ({change}).",
)
UNCLEAR = (
    "Share: unclear for {label} ({change}).",
    "Share: unclear for all {count}; the best is {label} ({change}).",
)
NO_GAIN = "Share: nothing gains clearly; unclear: {open}; worse: {worse}. The best is {label} ({change})."

NO_MEAN = "Share: there is no mean gain, for a task alone is no better than chance."

GAINS_OVER = "Use {label}: it gains over {reference} ({change})."
ALL_LOSE_TO = (
    "Keep {reference}: {label} loses against that ({change}).",
    "Keep {reference}: all {count} lose against that, {label} least ({change}).",
)
UNCLEAR_BESIDE = (
    "Against {reference}: unclear for {label} ({change}).",
    "Against {reference}: unclear for all {count}; the best is {label} ({change}).",
)
NO_GAIN_OVER = "Against {reference}: nothing gains clearly; unclear: {open}; worse: {worse}. The best is {label} ({change})."
REFERENCES = {BEST_FIXED: "the best fixed weights", HARD: "hard sharing"}

EQUAL_ALIKE = "Use equal weights; nothing else clearly differs from them ({labels})."
EQUAL_BEST = "Use equal weights; nothing is clearly better, and worse: {labels}."
EQUAL_CHOSEN = "Use equal weights; on validation no fixed weighting was better."
BEST_WEIGHTS = "As weights use {label}: it gains over equal ones ({change})."

USE = "Use {label}: it gains over hard sharing ({change})."
AT_PARAMETERS = "It has {times:.2f} times the parameters of hard sharing."
HARD_ALIKE = "Use hard sharing; no other strategy clearly differs from it ({labels})."
HARD_BEST = "Use hard sharing; no other strategy is clearly better, and worse: {labels}."

COSTS, COSTS_BY = "Together costs {parts}.", "Together by {label} costs {parts}."
GIVES, GIVES_BY = "Together gives {parts}.", "Together by {label} gives {parts}."
OPEN, OPEN_BY = "Together is unclear for {parts}.", "Together by {label} is unclear for {parts}."
POINTS = "{task} {amount} points [{low}, {high}]"
IN_UNITS = "{task} {amount} {metric} [{low}, {high}]"
BOTH_UNITS = "Both tasks use the same {units} units a layer."
ALL_UNITS = "All {tasks} tasks use the same {units} units a layer."
TRUNK = "Several tasks use {trunk:,} of its {parameters:,} parameters."

MANY_PAIRS = "Apart more often than chance: {apart} of {count} pairs under ways to train; less often: {alike}; unclear: {open}."
APART = "{a} and {b} pull apart with {label}: at {share:.0f} % of steps ({low:.0f} to {high:.0f}), more often than chance."
AGREE = "{a} and {b} pull together with {label}: apart at {share:.0f} % of steps ({low:.0f} to {high:.0f}), less than chance."
HALF = "{a} and {b} with {label}: apart at {share:.0f} % of steps ({low:.0f} to {high:.0f}), which chance can give too."
HALF_AMONG = HALF.removesuffix(".") + " among {count} pairs."
THEIR_TRANSFER = "Their transfer:"

PLURALS = (MORE_NAMES, MORE_SEEDS, ALL_LOSE, UNCLEAR, ALL_LOSE_TO, UNCLEAR_BESIDE)
"""Sentences that hang on a number, for one and for many, for who translates them."""

TEMPLATES = (
    *(CHANGE, CHANGE_ALONE, ONE_SEED, TIES, GAINS, NO_GAIN, NO_MEAN, GAINS_OVER, NO_GAIN_OVER, *REFERENCES.values()),
    *(EQUAL_ALIKE, EQUAL_BEST, EQUAL_CHOSEN, BEST_WEIGHTS, USE, AT_PARAMETERS, HARD_ALIKE, HARD_BEST),
    *(COSTS, COSTS_BY, GIVES, GIVES_BY, OPEN, OPEN_BY, POINTS, IN_UNITS, BOTH_UNITS, ALL_UNITS, TRUNK),
    *(MANY_PAIRS, APART, AGREE, HALF, HALF_AMONG, THEIR_TRANSFER),
)
"""All other sentences."""

"""The sentences of ``together_told``, with gaps."""

from mtl_core.diagnostics.agreement import EARLY
from mtl_core.diagnostics.together import ALONE, EXACT, ONE, RANDOM, WORST

BEST = ("With {count} network: {groups}, {gain}.", "With up to {count} networks: {groups}, {gain}.")
BEST_BESIDE = (BEST[0], "With up to {count} networks: {groups}, {gain}; one network for all: {beside}.")
WITHIN = "Within {budget:g} times the {measure} of a network for one task: {groups}, {gain}."
WITHIN_BESIDE = WITHIN.removesuffix(".") + "; one network for all: {beside}."
NOTHING = "No networks that were trained answer all tasks within this budget: allow more."

REST = "{group} and the rest"
APART = "every task alone"
TOGETHER = "all tasks together"
GAIN = "{value} points mean gain [{low}, {high}]"
GAIN_OF_ONE_SEED = "{value} points mean gain, no interval"
BY_DEFINITION = "which is what gains are held against"

OVER_ONE = "That is {value} points [{low}, {high}] better than one network for all."
UNDER_ONE = "One network for all gains more, by {value} points [{low}, {high}]: what was best on validation is not on test."
LIKE_ONE = "Whether that is better than one network for all is unclear ({value} points [{low}, {high}])."
OVER_ALONE = "It gains over the tasks alone."
UNDER_ALONE = "It loses against the tasks alone."
LIKE_ALONE = "Whether it gains over the tasks alone is unclear."

YOURS = ("Yours, {count} network: {groups}, {gain}.", "Yours, {count} networks: {groups}, {gain}.")
REGRET = "The best at that cost, {groups}, gains {value} points [{low}, {high}] more: {verdict}."
REGRET_OF_ONE_SEED = "The best at that cost, {groups}, gains {value} points more."
NO_REGRET = "Chosen on validation there is none better at that cost."
CLEAR, UNCLEAR = "clear", "unclear"

NOT_ALL = "Trained are {count} of the {all} sets of two tasks and more: the best of those, and there may be better ones."
LEFT_OUT = "Left out, for of some seed there is no result (a run diverged, or has not come to its end): {sets}."
CHANCE = "Alone no better than chance, so what helps or hurts it here says little: {tasks}."

MEASURES = {"parameters": "parameters", "flops": "operations", "latency": "latency"}
"""What a budget counts other than networks."""

RULES = {
    EXACT: "exact",
    ONE: "one network for all",
    ALONE: "every task alone",
    RANDOM: "random groups, mean",
    WORST: "random groups, worst",
    EARLY: "a short training of all sets",
}
"""Ways to choose that rest on no affinity."""

PLURALS = (BEST, BEST_BESIDE, YOURS)
"""Sentences that hang on a number, for one and for many, for who translates them."""

TEMPLATES = (
    *(WITHIN, WITHIN_BESIDE, NOTHING, REST, APART, TOGETHER, GAIN, GAIN_OF_ONE_SEED, BY_DEFINITION),
    *(OVER_ONE, UNDER_ONE, LIKE_ONE, OVER_ALONE, UNDER_ALONE, LIKE_ALONE, NOT_ALL, LEFT_OUT, CHANCE),
    *(REGRET, REGRET_OF_ONE_SEED, NO_REGRET, CLEAR, UNCLEAR),
    *(*MEASURES.values(), *RULES.values()),
)
"""All other sentences."""

"""Answers of networks as ``dashboard.components.replies`` draws them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.marked import none_of, pieces
from dashboard.figures.palette import task_style
from dashboard.words import _
from mtl_core.spec import KINDS

NEAR = 0.5
"""How far a number may be from the true one to count as right, in standard deviations over the train split."""

FEW = 3
"""The most classes that are shown with their bars."""

LEAST = 0.005
"""A class or label that is less likely than this has no bar."""

Reply = dict[str, Any]


def told(
    answer: Mapping[str, Any], networks: Sequence[tuple[str, Sequence[int]]], tasks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What is drawn.

    Args:
        answer: from ``dashboard.reading.trying.attempt``.
        networks: each network's name, and which of the answers are its.
        tasks: of the suite, as its intake tells them.
    """
    cards = [_card(name, [answer["answers"][place] for place in places], answer, tasks) for name, places in networks]
    return {
        "picture": answer["view"]["picture"],
        "given": _given(answer),
        "seen": _("What the networks see"),
        "sound": f"data:audio/wav;base64,{answer['sound']}" if answer["sound"] else "",
        "heard": _("What the networks hear"),
        "silent": _("The recording cannot be played: {reason}").format(reason=answer["silent"]) if answer["silent"] else "",
        "networks": cards,
        "words": {"right": _("right"), "wrong": _("wrong")},
        "alt": _("Answers of {names}").format(names=", ".join(card["name"] for card in cards)),
        "drawn": "; ".join(f"{card['name']}: {_in_words(card)}" for card in cards),
    }


def _given(answer: Mapping[str, Any]) -> str:
    if answer["text"]:
        unknown = [answer["text"][slice(*answer["words"][place])] for place in answer["unknown"]]
        return _("Words that training never saw: {words}.").format(words=", ".join(dict.fromkeys(unknown))) if unknown else ""
    # Of a row that is being edited every value stands in the form.
    return "" if answer["view"]["picture"] or not answer["example"] else ", ".join(map(" ".join, answer["view"]["row"]))


def _card(
    name: str, answers: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Reply] = {}
    for each in answers:
        found |= each.get("replies", {})
    seconds = sum(each.get("seconds", 0.0) for each in answers)
    took = _("{time:.2g} ms").format(time=1000 * seconds)
    parts = [
        _part(task, place, found[task["name"]], answer) for place, task in enumerate(tasks) if task["name"] in found
    ]  # fmt: skip
    return {
        "name": name,
        "took": took if parts else "",
        "tasks": parts,
        "reason": "" if parts else _("It has not learned what is asked here."),
    }


def _part(task: Mapping[str, Any], place: int, reply: Reply, answer: Mapping[str, Any]) -> dict[str, Any]:
    truth: Reply | None = answer["truths"].get(task["name"])
    chance = reply["probability"]
    question = answer["given"].get("question", "") if reply["kind"] == "span" else ""
    return {
        "name": task["name"],
        "question": question or (_(task["question"]) if task["question"] else ""),
        "color": task_style(place).color,
        "pieces": _pieces(reply, task, place, answer),
        "answer": _said(reply),
        "chance": "" if chance is None else f"{chance:.0%}",
        "choices": [
            {"name": name, "share": share, "chance": f"{share:.0%}"}
            for name, share in reply["choices"][: FEW if reply["kind"] == "classification" else None]
            if share >= LEAST
        ],
        "right": None if truth is None or KINDS[reply["kind"]].graded else right(reply, truth, float(task["scale"])),
        "truth": "" if truth is None or reply["grid"] else _("true: {words}").format(words=_said(truth)),
        "picture": reply["picture"],
        "grid": reply["grid"],
        "truthPicture": [] if truth is None else truth["picture"],
        "truthPieces": [] if truth is None else _pieces(truth, task, place, answer),
    }


def _said(reply: Reply) -> str:
    kind = reply["kind"]
    if kind in ("tagging", "span"):
        # What is marked by a tag need not be said again.
        return none_of(kind) if not reply["marks"] else "" if kind == "tagging" else reply["words"]
    if kind == "multilabel" and reply["words"] == "none":
        return none_of(kind)
    return str(reply["words"])


def right(reply: Reply, truth: Reply, spread: float) -> bool:
    """Whether an answer counts as right: the same, or numbers that are all near."""
    if reply["kind"] == "regression":
        return all(abs(one - other) <= NEAR * spread for one, other in zip(reply["values"], truth["values"], strict=True))
    if reply["kind"] in ("tagging", "span"):
        marks = [[(mark["first"], mark["last"], mark["label"]) for mark in each["marks"]] for each in (reply, truth)]
        return marks[0] == marks[1]
    if reply["kind"] == "multilabel":
        given, wanted = (set(each["words"].split(", ")) for each in (reply, truth))
        return given == wanted
    return bool(reply["words"] == truth["words"])


def _pieces(reply: Reply, task: Mapping[str, Any], place: int, answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The text in pieces, of which some are marked; nothing where none is."""
    marks = [(mark["first"], mark["last"], mark["label"], mark["probability"]) for mark in reply["marks"]]
    return pieces(answer["text"], answer["words"], marks, task["labels"], task_style(place).color)


def _in_words(card: Mapping[str, Any]) -> str:
    marked = {
        part["name"]: "".join(f"[{each['words']}]" if each["color"] else "" for each in part["pieces"])
        for part in card["tasks"]
    }
    return ", ".join(f"{part['name']} {part['answer'] or marked[part['name']]}" for part in card["tasks"])

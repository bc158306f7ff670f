"""The grammar of ``phrases``: templates, the values of their slots, and what can be asked about each. Our own, CC0."""

import re
from typing import NamedTuple

import numpy as np

PREFIXES = ("", "", "please", "could you", "hey", "ok now", "when you can", "i would like you to")
SUFFIXES = ("", "", "please", "thanks", "right away", "if you can", "as usual")

_CITIES = (
    *("paris", "oslo", "lima", "cairo", "new york", "rio", "austin", "santiago", "kyoto", "florence", "jackson", "sydney"),
)
_NUMBERS = ("two", "three", "five", "seven", "eight", "ten", "twelve", "twenty", "thirty")
_HOURS = tuple(f"{number} {half}".strip() for number in _NUMBERS for half in ("am", "pm", ""))

VALUES = {
    "room": ("kitchen", "bedroom", "living room", "garage", "bathroom", "hall", "dining room", "study"),
    "device": ("lamp", "heater", "fan", "radio", "blinds", "oven", "tv", "ceiling light"),
    "colour": ("red", "blue", "warm white", "green", "orange", "violet"),
    "origin": _CITIES,
    "destination": _CITIES,
    "person": (
        *("anna", "paris", "jackson", "austin", "maria", "santiago", "li wei", "florence", "omar", "sydney", "chen", "lena"),
    ),
    "artist": (*("the blue lamps", "red kitchen", "oslo", "maria", "seven suns", "the garage", "violet", "new york strings"),),
    "temperature": tuple(f"{number} degrees" for number in _NUMBERS),
    "duration": tuple(f"{number} {unit}" for number in _NUMBERS for unit in ("minutes", "hours", "seconds")),
    "start": _HOURS,
    "end": _HOURS,
    "date": ("monday", "tuesday", "friday", "sunday", "tomorrow", "next week", "tonight"),
}
"""The values of each slot. Many are those of several slots: what a word says is told by the words around it."""

TEMPLATES = {
    "switch": (
        "turn on the {device} in the {room}",
        "{device} off in the {room}",
        "switch the {room} {device} off",
        "make the {device} {colour}",
        "set the {device} in the {room} to {colour}",
    ),
    "climate": (
        "set the {room} to {temperature}",
        "make it {temperature} in the {room} at {start}",
        "i want {temperature} in the {room} from {start} to {end}",
        "warm the {room} up to {temperature} {date}",
    ),
    "timer": (
        "set a timer for {duration}",
        "wake me in {duration}",
        "count down {duration} for the {device}",
        "tell me when {duration} have passed",
    ),
    "music": (
        "play {artist}",
        "play {artist} in the {room}",
        "put on something by {artist} for {duration}",
        "i want to hear {artist} in the {room} at {start}",
    ),
    "travel": (
        "book a train from {origin} to {destination}",
        "to {destination} from {origin} on {date}",
        "find a flight to {destination} {date}",
        "how do i get from {origin} to {destination} between {start} and {end}",
        "leave {origin} for {destination} at {start}",
    ),
    "call": (
        "call {person}",
        "call {person} in {destination} at {start}",
        "tell {person} i am in {destination} {date}",
        "phone {person} and {person} {date}",
    ),
    "weather": (
        "will it rain in {destination} {date}",
        "weather for {destination}",
        "how warm is it in {destination} at {start}",
        "is it above {temperature} in {destination} {date}",
    ),
    "book_room": (
        "reserve the {room} from {start} to {end}",
        "book the {room} for {person} {date}",
        "is the {room} free {date} at {start}",
        "keep the {room} for {duration} from {start}",
    ),
}
"""The templates of each intent."""

QUESTIONS = {
    "room": ("which room", "what room is meant"),
    "device": ("which device", "what is to be switched"),
    "colour": ("which colour",),
    "origin": ("where from", "which place does the trip start at"),
    "destination": ("where to", "which city is it about"),
    "person": ("who", "which person"),
    "artist": ("which artist", "who is to be played"),
    "temperature": ("how warm", "which temperature"),
    "duration": ("how long", "for how much time"),
    "start": ("from when", "at what time"),
    "end": ("until when", "when does it end"),
    "date": ("which day", "on what date"),
}
"""What can be asked about each slot."""

ASKED = 15
"""Words of a question with its text and marks, about: among so many the answer begins and ends somewhere."""

_PIECE = re.compile(r"\{(\w+)\}|\S+")


class Utterance(NamedTuple):
    """A sentence with what is true of it: its intent, a tag a word, and where each slot's first value begins and ends."""

    words: tuple[str, ...]
    intent: str
    tags: tuple[str, ...]
    slots: dict[str, tuple[int, int]]


def utterance(rng: np.random.Generator) -> Utterance:
    """Draw a sentence: intent, then one of its templates, then the values of its slots, each uniformly."""
    intent = str(rng.choice(list(TEMPLATES)))
    template = str(rng.choice(TEMPLATES[intent]))
    words: list[str] = str(rng.choice(PREFIXES)).split()
    tags, slots = ["O"] * len(words), dict[str, tuple[int, int]]()
    for piece in _PIECE.finditer(template):
        slot = piece[1]
        said = str(rng.choice(VALUES[slot])).split() if slot else [piece[0]]
        if slot:
            slots.setdefault(slot, (len(words), len(words) + len(said) - 1))
        tags += [f"B-{slot}", *[f"I-{slot}"] * (len(said) - 1)] if slot else ["O"]
        words += said
    suffix = str(rng.choice(SUFFIXES)).split()
    return Utterance((*words, *suffix), intent, (*tags, *["O"] * len(suffix)), slots)

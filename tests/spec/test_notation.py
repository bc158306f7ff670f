"""What is written on one line is read back as the same value."""

from hypothesis import given
from hypothesis import strategies as some

from mtl_core.spec import METHODS, SUITES, Choice
from mtl_core.spec.notation import read_choice, read_weights, write_choice, write_weights

_TEXT = some.text(some.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_AWKWARD = _TEXT | some.sampled_from(["none", "a,b", "a=b", "[a]", "{a:b}", '"', "\\", " a ", "a:b", "x;y", "ä b", ""])


_POINT = some.lists(some.floats(0.01, 1), min_size=2, max_size=5).map(lambda parts: [part / sum(parts) for part in parts])


@given(path=_AWKWARD, targets=some.lists(_AWKWARD), kinds=some.dictionaries(_AWKWARD, _AWKWARD), group=some.none() | _AWKWARD)
def test_any_text_list_and_mapping(path: str, targets: list[str], kinds: dict[str, str], group: str | None) -> None:
    csv = SUITES["csv"]
    options = csv.check({"path": path, "kinds": kinds, "group": group} | ({"targets": targets} if targets else {}))
    choice = Choice("csv", tuple(options.items()))
    read = read_choice(write_choice(choice, SUITES), SUITES)
    assert read.pop("name") == "csv"
    assert csv.check(read) == options


@given(some.sampled_from([name for name, entry in METHODS.items() if entry.options]), some.data())
def test_any_method(name: str, data: some.DataObject) -> None:
    entry = METHODS[name]
    given_options = {}
    for option in entry.options:
        if option.kind == "integer":
            given_options[option.name] = data.draw(some.integers(int(option.low or 0), int(option.high or 9)))
        elif option.kind == "number":
            given_options[option.name] = data.draw(some.floats(option.low or 0, option.high or 9))
        elif option.kind == "flag":
            given_options[option.name] = data.draw(some.booleans())
        elif option.kind == "choice":
            given_options[option.name] = data.draw(some.sampled_from(option.choices))
        elif option.kind == "simplex":
            given_options[option.name] = data.draw(some.none() | _POINT)
        elif option.kind == "path":
            rows = some.lists(_POINT, min_size=2, max_size=4)
            given_options[option.name] = data.draw(some.sampled_from(option.choices) | rows)
        elif option.kind == "task":
            given_options[option.name] = data.draw(some.integers(1, 9) | some.text(min_size=1).filter(str.strip))
    options = entry.check(given_options)
    read = read_choice(write_choice(Choice(name, tuple(options.items())), METHODS), METHODS)
    assert read.pop("name") == name
    assert entry.check(read) == options


@given(some.integers(2, 101) | some.lists(some.tuples(some.floats(0, 1), some.floats(0, 1)), max_size=4).map(tuple))
def test_any_weights(weights: int | tuple[tuple[float, ...], ...]) -> None:
    read = read_weights(write_weights(weights))
    assert read == (weights if isinstance(weights, int) else [list(point) for point in weights])

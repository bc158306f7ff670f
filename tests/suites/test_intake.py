"""What people give, as inputs: sentences, drawings, rows, recordings and molecules; what is wrong is refused in words."""

import base64
import io
import math
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtl_core.errors import SeesawError
from mtl_core.suites import load_suite
from mtl_core.suites.digits import sources
from mtl_core.suites.intake import Intake, intake_of
from mtl_core.suites.intake.picture import Pad, resized
from mtl_core.suites.mnist_files import DIGIT, MEAN, SPREAD
from mtl_core.suites.speech import samples
from mtl_core.suites.text import MARK, UNKNOWN


def phrases(tasks: list[str] | None = None) -> Intake:
    return intake_of(load_suite("phrases", tasks))


def test_a_sentence_is_read_once_for_itself_and_once_with_its_question() -> None:
    intake = phrases()
    words = intake.suite.words
    taken = intake.take({"text": "Turn on the LAMP, in the zeppelin!", "question": "Which room?"})
    assert taken.rows == (0, 0, 1)
    assert [taken.text[start:end] for start, end in taken.words] == ["Turn", "on", "the", "LAMP", "in", "the", "zeppelin"]
    assert taken.before == (0, 4)
    assert taken.unknown == (6,)
    alone, asked = ([number for number in row if number] for row in taken.inputs.tolist())
    assert [words[number] for number in alone[:-1]] == ["turn", "on", "the", "lamp", "in", "the"]
    assert alone[-1] == UNKNOWN
    assert asked == [MARK, words.index("which"), words.index("room"), MARK, *alone]


def test_without_a_question_only_the_others_are_asked_and_with_one_task_only_its_own_input_is_made() -> None:
    assert phrases().take({"text": "call anna"}).rows == (0, 0, None)
    taken = phrases(["slots", "question"]).take({"text": "call anna", "question": "who"})
    assert taken.rows == (0, 1)
    assert phrases(["question"]).take({"text": "call anna", "question": "who"}).inputs.shape == (1, 29)


def test_an_example_of_a_text_tells_its_question_and_its_words() -> None:
    intake = phrases()
    number = int(np.flatnonzero(intake.suite.test.inputs[:, 0] == MARK)[0]) + 1
    taken = intake.take({"example": number})
    assert taken.rows == (None, None, 0)
    assert taken.given["question"]
    assert taken.before[0] == len(taken.given["question"].split()) + 2
    assert " ".join(taken.text[start:end] for start, end in taken.words) == taken.text == taken.given["text"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "  ?! "}, "must have a word"),
        ({"text": ""}, "must have a word"),
        ({"text": "no " * 30}, "at most 29 words, found 30; leave out 1"),
        ({"text": "no " * 26, "question": "which room"}, "with this question have at most 25 words"),
        ({"text": "a" * 2001}, "at most 2,000 signs"),
        ({"text": "half a pair \ud800"}, "at most 2,000 signs"),
        ({"example": 10**9}, "from 1 to"),
    ],
)
def test_texts_that_cannot_be_read_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SeesawError, match=words):
        phrases().take(given)


def test_a_question_is_needed_where_nothing_else_is_asked() -> None:
    with pytest.raises(SeesawError, match="need a question"):
        phrases(["question"]).take({"text": "call anna"})


def drawn(picture: np.ndarray[Any, Any], side: int = 64, top: int = 3, left: int = 20) -> list[list[int]]:
    """A picture on a larger square, twice as large, anywhere."""
    canvas = np.zeros((side, side))
    large = np.kron(picture, np.ones((2, 2)))
    canvas[top : top + large.shape[0], left : left + large.shape[1]] = large
    return np.rint(255 * canvas).astype(int).tolist()


def test_what_is_drawn_anywhere_comes_to_the_middle_in_its_own_size() -> None:
    picture = np.zeros((10, 10))
    picture[2:9, 3:5] = 1
    found = [Pad("", 28, 20, centre).read(drawn(picture, top=top, left=left)) for centre, top, left in
             (("mass", 3, 20), ("mass", 40, 1), ("box", 3, 20))]  # fmt: skip
    np.testing.assert_array_equal(found[0], found[1])
    rows, columns = (np.flatnonzero(found[2].any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1], len(columns)) == (4, 23, 6)
    assert found[0].max() == found[2].max() == 1


def test_an_area_is_kept_when_a_picture_is_resized() -> None:
    picture = np.random.default_rng(0).random((12, 20))
    small, large = resized(picture, 5, 7), resized(picture, 24, 40)
    assert small.mean() == pytest.approx(picture.mean())
    np.testing.assert_allclose(large, np.kron(picture, np.ones((2, 2))))


def test_slanted_strokes_are_set_upright() -> None:
    slanted = np.zeros((32, 32))
    for row in range(4, 28):
        slanted[row, 28 - row : 31 - row] = 1
    found = Pad("", 32, 32, upright=True).read((255 * slanted).tolist())
    assert len(np.flatnonzero((found > 0.5).any(axis=0))) < 8, "a slanted stroke of 24 columns stands upright"


def test_digits_of_the_suite_are_drawn_as_they_are() -> None:
    images = sources()[2][0][:60]
    intake = intake_of(load_suite("digits_scarce"))
    nearest = sources()[0][0].reshape(-1, 64), sources()[0][1]
    read = np.stack(
        [intake.take({"drawings": [drawn(np.kron(each, np.ones((4, 4))), side=80, left=0)]}).inputs[0, 0] for each in images]
    )
    guessed = [nearest[1][np.argmin(((nearest[0] - each.ravel()) ** 2).sum(axis=1))] for each in read]
    assert np.mean(guessed == sources()[2][1][:60]) > 0.85
    pair = intake_of(load_suite("digits_pair")).take({"drawings": [drawn(images[0]), drawn(images[1])]})
    assert pair.inputs.shape == (1, 1, 10, 10)


def test_digits_of_mnist_are_brought_to_where_mnist_has_them(real_data: Path) -> None:
    intake = intake_of(load_suite("mnist_two"))
    inputs = intake.suite.test.inputs[:40]
    shades = np.rint(255 * (inputs[:, 0] * SPREAD + MEAN)).clip(0, 255).astype(int)
    read = [intake.take({"drawings": [each.tolist()]}).inputs[0] for each in shades]
    assert np.abs(np.stack(read) - inputs).mean() < 0.02
    given = intake.take({"picture": shades[0].tolist()})
    np.testing.assert_allclose(given.inputs[0], inputs[0], atol=1e-5)
    assert DIGIT.inner == 20


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"drawings": []}, "1 drawing or an example's number"),
        ({"drawings": [[[0] * 28] * 28]}, "something must be drawn"),
        ({"drawings": [[[0] * 28] * 27]}, "8 to 256 rows"),
        ({"drawings": [[[1] * 9000] * 9000]}, "8 to 256 rows"),
        ({"drawings": [[["x"]]]}, "8 to 256 rows"),
        ({"drawings": [[[math.nan] * 28] * 28]}, "from 0, dark, to 255"),
        ({"drawings": [[[256] * 28] * 28]}, "from 0, dark, to 255"),
        ({"picture": [[1, 2], [3, 4]]}, r"1 x 8 x 8 shades .* found \(1, 2, 2\)"),
    ],
)
def test_drawings_that_are_none_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SeesawError, match=words):
        intake_of(load_suite("digits_scarce")).take(given)


@pytest.fixture
def table(tmp_path: Path) -> Intake:
    rng = np.random.default_rng(3)
    lines = ["height,soil,sown,yield,healthy"]
    for row in range(200):
        height = "" if row % 4 == 0 else f"{rng.normal(20, 4):.3f}"
        lines.append(
            f"{height},{('clay', 'sand', 'loam')[row % 3]},2024-{row % 12 + 1:02}-{row % 28 + 1:02},{rng.normal():.3f},"
            f"{('yes', 'no')[row % 2]}"
        )
    path = tmp_path / "plants.csv"
    path.write_text("\n".join(lines))
    return intake_of(load_suite({"name": "csv", "path": str(path), "targets": ["yield", "healthy"]}))


def test_a_row_of_a_table_is_encoded_as_its_file_was(table: Intake) -> None:
    suite = table.suite
    for number in range(1, len(suite.test) + 1):
        taken = table.take({"example": number})
        np.testing.assert_allclose(table.take(taken.given).inputs[0], suite.test.inputs[number - 1], atol=1e-4)
    dated = table.take({"row": {"height": 21.5, "soil": "sand", "sown": "2024-03-04"}})
    parts = {"sown (year)": "2024", "sown (month)": "3", "sown (weekday)": "0"}
    by_parts = table.take({"row": {"height": "21.5", "soil": "sand", **parts}})
    np.testing.assert_array_equal(dated.inputs, by_parts.inputs)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"height": 20, "soil": "chalk", "sown": "2024-03-04"}, "unknown value of 'soil' 'chalk'"),
        ({"height": "tall", "soil": "clay", "sown": "2024-03-04"}, "'height' must be a number"),
        ({"height": "inf", "soil": "clay", "sown": "2024-03-04"}, "'height' must be a number"),
        ({"height": 20, "soil": "clay", "sown": "March"}, "as YYYY-MM-DD"),
        ({"height": 20, "sown": "2024-03-04"}, "'soil' must have a value"),
        ({"heigth": 20, "soil": "clay", "sown": "2024-03-04"}, "did you mean 'height'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(table: Intake, row: dict[str, Any], words: str) -> None:
    with pytest.raises(SeesawError, match=words):
        table.take({"row": row})


def test_logarithms_are_taken_and_refused_of_what_has_none(real_data: Path) -> None:
    intake = intake_of(load_suite("parkinsons"))
    row = intake.take({"example": 3}).given["row"]
    with pytest.raises(SeesawError, match="must be above 0"):
        intake.take({"row": row | {"jitter (%)": "0"}})


def recording(values: np.ndarray[Any, Any], rate: int = 8000) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(values.astype("<i2").tobytes())
    return base64.b64encode(file.getvalue()).decode()


def test_of_a_long_recording_the_loudest_part_is_heard(real_data: Path) -> None:
    intake = intake_of(load_suite("spoken_digits"))
    tone = 8000 * np.sin(np.arange(6400) * 0.7)
    short = intake.take({"sound": recording(tone)})
    late = intake.take({"sound": recording(np.concatenate((np.zeros(30_000), tone, np.zeros(9000))))})
    assert short.inputs.shape == (1, 1, 32, 64)
    np.testing.assert_allclose(late.inputs, short.inputs, atol=1e-4)
    np.testing.assert_array_equal(samples(late.sound, "it"), tone.astype("<i2"))
    for given, words in ((recording(tone, 44_100), "8000 Hz"), ("UklGRg==", "WAVE"), ("§", "base64"), (7, "WAVE")):
        with pytest.raises(SeesawError, match=words):
            intake.take({"sound": given})


def test_a_molecule_is_described_as_those_of_the_table(real_data: Path) -> None:
    intake = intake_of(load_suite("molecules"))
    taken = intake.take({"example": 5})
    np.testing.assert_allclose(intake.take(taken.given).inputs, taken.inputs, atol=1e-5)
    for smiles in ("", "C C", "C" * 1001, "<b>", None):
        with pytest.raises(SeesawError, match="SMILES"):
            intake.take({"smiles": smiles})

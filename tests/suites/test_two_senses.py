"""A written digit beside a spoken one: what is paired with what, and what a person sees of it."""

from pathlib import Path

import numpy as np
import pytest

from mtl_core.errors import DataError, SpecError
from mtl_core.spec import SUITES, Study
from mtl_core.suites import SPLITS, Suite, load_suite
from mtl_core.suites.mnist import SOURCE as MNIST
from mtl_core.suites.mnist_files import MEAN, SPREAD
from mtl_core.suites.speech import log_mel, samples
from mtl_core.suites.suite import Split
from mtl_core.suites.two_senses import PARTS, drawn


def senses(split: Split) -> tuple[np.ndarray, np.ndarray]:
    written, spoken = np.split(split.inputs, [PARTS[0].size], axis=1)
    return written, spoken


def labelled(rows: np.ndarray, labels: np.ndarray) -> dict[bytes, int]:
    return {row.tobytes(): int(label) for row, label in zip(rows, labels, strict=True)}


@pytest.fixture
def suite(real_data: Path) -> Suite:
    return load_suite("two_senses")


def test_pairs_agree_half_of_the_time_and_wrong_digits_are_of_every_kind() -> None:
    rng = np.random.default_rng(0)
    written, said = rng.integers(0, 10, 5000), np.repeat(np.arange(10), 30)
    one, other, same = drawn(0, 9000, written, said)
    np.testing.assert_array_equal(same, written[one] == said[other])
    assert same.sum() == 4500
    assert (np.bincount(other) == 30).all(), "every recording has its turn"
    apart = (written[one] - said[other])[~same] % 10
    assert np.bincount(apart, minlength=10)[1:].min() > 400
    assert (np.bincount(written[one]) > 750).all(), "a written digit alone says nothing of whether they agree"


def test_no_picture_and_no_recording_is_in_two_splits(suite: Suite) -> None:
    for place in range(2):
        seen = [{row.tobytes() for row in senses(getattr(suite, name))[place]} for name in SPLITS]
        assert not seen[0] & seen[1]
        assert not seen[0] & seen[2]
        assert not seen[1] & seen[2]


def test_both_parts_are_those_of_their_own_suites(suite: Suite, real_data: Path) -> None:
    """By what they look like: of each part its labels, and every number."""
    spoken = load_suite("spoken_digits")
    ours = labelled(senses(suite.test)[1], suite.test.targets[1])
    assert ours.items() <= labelled(spoken.test.inputs, spoken.test.targets[0]).items()
    images = MNIST.sources(MNIST.settle(sha256=None)["sha256"])["mnist"]
    shades = np.rint(255 * (senses(suite.train)[0] * SPREAD + MEAN)).astype(np.uint8)
    assert labelled(shades, suite.train.targets[0]).items() <= labelled(images.images[0], images.labels[0]).items()


@pytest.mark.parametrize(("sense", "gone"), [("written", 1), ("spoken", 0)])
def test_one_sense_is_the_same_pairs_with_nothing_in_the_other_s_place(suite: Suite, sense: str, gone: int) -> None:
    alone = load_suite({"name": "two_senses", "senses": sense})
    for name in SPLITS:
        both, one = (senses(getattr(each, name)) for each in (suite, alone))
        assert not one[gone].any()
        np.testing.assert_array_equal(one[1 - gone], both[1 - gone])
        np.testing.assert_array_equal(getattr(alone, name).targets, getattr(suite, name).targets)


def test_a_person_sees_the_digit_beside_the_recording(suite: Suite) -> None:
    picture = np.array(SUITES["two_senses"].load().view(suite, suite.train.inputs[0]).picture)
    assert picture.shape == (1, 32, 96)
    written, spoken = (part[0].reshape(shape.shape[1:]) for part, shape in zip(senses(suite.train), PARTS, strict=True))
    assert np.corrcoef(picture[0, 2:30, :28].ravel(), written.ravel())[0, 1] > 0.999
    assert np.corrcoef(picture[0, ::-1, 32:].ravel(), spoken.ravel())[0, 1] > 0.999
    assert not picture[0, :, 28:32].any()


def test_the_recording_of_a_pair_is_heard(suite: Suite) -> None:
    source = SUITES["two_senses"].load()
    options = source.settle(senses="both", pairs=3000, sha256=None)
    for number in (1, 777, 2000):
        picture = log_mel([samples(source.sound(number, **options), "it")])[0]
        shown = senses(suite.test)[1][number - 1].reshape(picture.shape)
        assert np.corrcoef(picture.ravel(), shown.ravel())[0, 1] > 0.99
    assert source.sound(1, **options | {"senses": "written"}) == b""


def test_only_backbones_for_several_parts_go_with_it(real_data: Path) -> None:
    assert Study(suite="two_senses", weights=[]).backbone.name == "encoders"
    with pytest.raises(SpecError, match=r"'two_senses' has inputs of several parts; .* such as 'encoders'"):
        Study(suite="two_senses", backbone="mlp", weights=[])
    with pytest.raises(SpecError, match="reads parts examples, and 'digits_pair' has images"):
        Study(suite="digits_pair", backbone="encoders", weights=[])


def test_without_its_files_it_says_where_both_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    assert not SUITES["two_senses"].load().ready()
    with pytest.raises(DataError, match=r"MNIST's four idx files .* The Free Spoken Digit Dataset comes from"):
        Study(suite="two_senses", weights=[])

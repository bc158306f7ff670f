"""Spoken digits: what is read from zip archives and folders, what is refused, and spectrograms against SciPy's."""

import io
import shutil
import struct
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import stft

import mtl_core as mtl
from mtl_core.errors import DataError
from mtl_core.suites import load_suite, spoken_digits
from mtl_core.suites.speech import BANDS, FLOOR, FRAMES, HOP, RATE, WINDOW, heard, log_mel, samples, triangles, wave_file
from mtl_core.suites.spoken_digits import SOURCE, SPEAKERS

CELLS = [f"{digit}_{speaker}_{take}.wav" for digit in range(10) for speaker in SPEAKERS for take in (0, 4, 5, 9, 10, 11)]


def recording(
    sound: npt.NDArray[np.int16] | None = None, *, rate: int = RATE, channels: int = 1, width: int = 2, seed: int = 0
) -> bytes:
    """A WAVE file; noise without a sound."""
    sound = np.random.default_rng(seed).integers(-9000, 9000, 900).astype(np.int16) if sound is None else sound
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((channels, width, rate, 0, "NONE", ""))
        written.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()


def archive(file: Path, entries: dict[str, bytes]) -> Path:
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in entries.items():
            written.writestr(name, content)
    return file


@pytest.fixture
def recordings() -> dict[str, bytes]:
    """Two takes of each digit and speaker for each split."""
    return {f"recordings/{name}": recording(seed=number) for number, name in enumerate(CELLS)}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder's place for the archive, with nothing there."""
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    monkeypatch.setattr(spoken_digits, "cached", lambda _kind, _made_from, make: make())
    (tmp_path / "fsdd").mkdir()
    return tmp_path / "fsdd" / "recordings.zip"


@pytest.mark.parametrize("length", [1, 99, 1148, 6299, 6300, 6301, 6399, 6400, 6500, 18_262])
def test_spectrograms_are_scipys_in_triangular_bands(length: int) -> None:
    x = np.random.default_rng(length).integers(-20_000, 20_000, length).astype(np.int16)
    scaled = 0.1 * x / np.sqrt(np.mean(x.astype(float) ** 2))
    padded = scaled if length >= 256 else np.pad(scaled, (0, 256 - length))  # SciPy's shortest
    _, _, spectrum = stft(padded, RATE, "hann", 256, 156, boundary="zeros", padded=False)
    frames = 1 + length // 100
    power = np.abs(128 * spectrum[:, :frames]) ** 2
    corners = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array([60, 4000]) / 700)), 34) / 2595) - 1)
    bands = np.stack([np.interp(np.arange(129) * 31.25, corners[k : k + 3], (0, 1, 0)) for k in range(32)])
    np.testing.assert_allclose(triangles(), bands, atol=1e-12)
    expected = np.log(bands @ power + 1e-6)
    if frames > 64:
        expected = expected[:, (frames - 64) // 2 :][:, :64]
    else:
        before = (64 - frames) // 2
        expected = np.pad(expected, ((0, 0), (before, 64 - frames - before)), constant_values=np.log(1e-6))
    np.testing.assert_allclose(log_mel([x])[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("frequency", [200, 440, 1000, 2500, 3600])
def test_a_sine_lies_in_its_band_while_it_sounds(frequency: int) -> None:
    sine = (9000 * np.sin(2 * np.pi * frequency * np.arange(3000) / RATE)).astype(np.int16)
    picture = log_mel([sine, np.zeros(3000, np.int16)])
    assert picture.shape == (2, BANDS, FRAMES)
    sounding = picture[0, :, 20:44]  # 31 frames from the 16th on, the first and last of them half in silence
    weights = triangles()[:, round(frequency / 31.25)]
    assert set(sounding.argmax(0)) == {int(weights.argmax())}
    assert picture[0, :, :14] == pytest.approx(np.log(FLOOR))
    assert picture[1] == pytest.approx(np.log(FLOOR)), "silence stays silence"
    np.testing.assert_allclose(log_mel([2 * sine])[0], picture[0], atol=1e-4)


def test_takes_are_divided_by_their_number(place: Path, recordings: dict[str, bytes]) -> None:
    archive(place, {"recordings/": b"", "recordings/README.md": b"read me", "__MACOSX/._0_theo_1.wav": b"?", **recordings})
    suite = load_suite({"name": "spoken_digits", "per_cell": 1})
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [60, 120, 120]
    assert len(load_suite("spoken_digits").train) == 120
    centre, scale = suite.fields[0].centre, suite.fields[0].scale
    for split, takes in ((suite.train, (10,)), (suite.validation, (5, 9)), (suite.test, (0, 4))):
        names = [f"{digit}_{who}_{take}.wav" for digit in range(10) for who in SPEAKERS for take in takes]
        told = [f"{digit}_{SPEAKERS[who]}" for digit, who in zip(*split.targets[:2], strict=True)]
        assert told == [name.rpartition("_")[0] for name in names]
        raw = log_mel([samples(recordings[f"recordings/{name}"], name) for name in names])
        shades = centre + scale * split.inputs[:, 0]
        assert np.corrcoef(shades.ravel(), raw.ravel())[0, 1] == pytest.approx(1)
    accents = dict(zip(suite.train.targets[1].tolist(), suite.train.targets[2].tolist(), strict=True))
    labels = suite.tasks[2].labels
    assert {SPEAKERS[who]: labels[accent] for who, accent in accents.items()} == {
        "george": "Greek", "jackson": "American", "lucas": "German", "nicolas": "Belgian French", "theo": "American",
        "yweweler": "German",
    }  # fmt: skip
    quiet = np.array(SOURCE.view(suite, suite.train.inputs[0]).picture)
    assert quiet.shape == (1, BANDS, FRAMES)
    assert quiet.min() == 0
    np.testing.assert_array_equal(quiet[0, ::-1], np.rint(255 * np.clip(centre + scale * suite.train.inputs[0, 0], 0, 1)))


def test_held_out_speakers_are_never_trained_on(place: Path, recordings: dict[str, bytes]) -> None:
    archive(place, recordings)
    asked = {"name": "spoken_digits", "split": "speakers", "per_cell": 2}
    suite = load_suite(asked)
    assert [task.name for task in suite.tasks] == ["digit", "accent"]
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [80, 60, 60]
    assert [set(split.targets[1].tolist()) for split in (suite.validation, suite.test)] == [{2}, {0}]
    assert set(suite.train.targets[1].tolist()) == {0, 1, 2, 3}
    assert mtl.Study(suite=asked, weights=[]).tasks == ("digit", "accent")
    assert SOURCE.train_rows(2, "speakers") == 80


def test_a_folder_is_the_archive_unpacked(place: Path, recordings: dict[str, bytes]) -> None:
    archive(place, recordings)
    packed = load_suite("spoken_digits")
    with zipfile.ZipFile(place) as zipped:
        zipped.extractall(place.parent)
    place.unlink()
    (place.parent / "recordings" / ".hidden.wav").write_bytes(b"?")
    unpacked = load_suite("spoken_digits")
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(packed, name).inputs, getattr(unpacked, name).inputs)
    (line,) = SOURCE.found()
    assert line.startswith("recordings: 0.7 MB, SHA-256 ")
    study = mtl.Study(suite={"name": "spoken_digits", "per_cell": 2})
    first = place.parent / "recordings" / CELLS[0]
    first.write_bytes(recording(seed=999))
    with pytest.raises(DataError, match="must be what the study was made with"):
        load_suite(study.suite)
    shutil.move(first, place.parent / "elsewhere.wav")
    first.symlink_to(place.parent / "elsewhere.wav")
    assert not SOURCE.ready(sha256=None)
    with pytest.raises(DataError, match=r"found a link, '0_george_0\.wav'; copy it there"):
        load_suite("spoken_digits")


def lying(content: bytes) -> bytes:
    """Its header says four billion bytes of sound."""
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", 2**32 - 2) + content[place + 4 :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must be a WAVE file"),
        (b"RIFF" + bytes(40), "must be a WAVE file"),
        (recording()[:-100], "must hold the 900 samples that its header says, at least one, found 850"),
        (lying(recording()), "must hold the 2147483647 samples that its header says, at least one, found 900"),
        (recording(np.zeros(0, np.int16)), "must hold the 0 samples"),
        (recording(rate=16_000), "mono with 16 bits at 8000 Hz, found 1 channels of 16 bits at 16000 Hz"),
        (recording(channels=2), "mono with 16 bits at 8000 Hz, found 2 channels of 16 bits"),
        (recording(width=1), "mono with 16 bits at 8000 Hz, found 1 channels of 8 bits"),
        (bytes(1_000_001), "recordings of at most 1 MB, found more in '.*3_theo_9.wav'"),
    ],
)
def test_other_recordings_are_refused_in_words(place: Path, recordings: dict[str, bytes], content: bytes, words: str) -> None:
    archive(place, recordings | {"recordings/3_theo_9.wav": content})
    with pytest.raises(DataError, match=words):
        load_suite("spoken_digits")


@pytest.mark.parametrize(
    "name", ["../0_theo_1.wav", "/etc/0_theo_1.wav", "a/../../0_theo_1.wav", "..\\0_theo_1.wav", "C:/x.wav"]
)
def test_paths_that_lead_out_of_the_archive_are_refused(place: Path, recordings: dict[str, bytes], name: str) -> None:
    archive(place, recordings | {name: recording()})
    before = sorted(path.name for path in place.parent.rglob("*"))
    with pytest.raises(DataError, match="must have paths within it, found "):
        load_suite("spoken_digits")
    assert sorted(path.name for path in place.parent.rglob("*")) == before == ["recordings.zip"], "nothing is unpacked"


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-50])


def _spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[60:400] = bytes(340)
    file.write_bytes(content)


def _lock(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for place in range(len(content) - 4):
        if content[place : place + 4] == b"PK\1\2":
            content[place + 8] |= 1  # the mark of an encrypted entry
    file.write_bytes(content)


@pytest.mark.parametrize("harm", [_cut, _spoil, _lock])
def test_damaged_and_locked_archives_are_refused(
    place: Path, recordings: dict[str, bytes], harm: Callable[[Path], None]
) -> None:
    harm(archive(place, recordings))
    with pytest.raises(DataError, match=r"recordings\.zip must be a whole zip archive without a password"):
        load_suite("spoken_digits")


def test_other_archives_are_refused(place: Path, recordings: dict[str, bytes]) -> None:
    archive(place, recordings | {"other/0_george_0.wav": recording()})
    with pytest.raises(DataError, match=r"must have every recording once, found '0_george_0\.wav' twice"):
        load_suite("spoken_digits")
    archive(place, recordings | {"recordings/0_nobody_0.wav": recording()})
    with pytest.raises(DataError, match=r"must be named DIGIT_SPEAKER_TAKE\.wav by .* found '0_nobody_0\.wav'"):
        load_suite("spoken_digits")
    archive(place, {name: content for name, content in recordings.items() if "7_lucas_1" not in name})
    with pytest.raises(DataError, match="each digit and speaker for training, found none of 7 by lucas"):
        load_suite("spoken_digits")
    archive(place, {"recordings/": b""})
    with pytest.raises(DataError, match=r"must have recordings named DIGIT_SPEAKER_TAKE\.wav, found none"):
        load_suite("spoken_digits")
    with zipfile.ZipFile(place, "w", zipfile.ZIP_BZIP2) as written:
        written.writestr("0_george_0.wav", recording())
    with pytest.raises(DataError, match="must be packed by deflate"):
        load_suite("spoken_digits")


def test_what_is_missing_is_said(place: Path) -> None:
    assert not SOURCE.ready(sha256=None)
    with pytest.raises(DataError, match=r"fsdd/recordings\.zip must be in the data folder, .* put it there\. The Free Spoken "):
        load_suite("spoken_digits")


def test_the_real_recordings_are_all_there(real_data: Path) -> None:
    suite = load_suite("spoken_digits")
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [2400, 300, 300]
    assert suite.train.inputs.shape[1:] == (1, 32, 64)
    assert suite.train.inputs.mean() == pytest.approx(0, abs=1e-4)
    assert suite.train.inputs.std() == pytest.approx(1, abs=1e-4)
    few = load_suite({"name": "spoken_digits", "per_cell": 5})
    assert np.bincount(few.train.targets[1]).tolist() == [50] * 6
    assert real_data.is_dir()


@pytest.mark.parametrize(("split", "packed"), [("takes", True), ("speakers", False)])
def test_an_example_is_heard_again_from_its_own_recording(
    place: Path, recordings: dict[str, bytes], split: str, packed: bool
) -> None:
    if packed:
        archive(place, recordings)
    else:
        (place.parent / "recordings").mkdir()
        for name, content in recordings.items():
            (place.parent / name).write_bytes(content)
    options = SOURCE.settle(split=split, sha256=None)
    suite = load_suite({"name": "spoken_digits"} | options)
    for number in (8, len(suite.test)):
        played = samples(SOURCE.sound(number, **options), "it")
        centre, scale = suite.scaling
        np.testing.assert_allclose((log_mel([played])[0] - centre) / scale, suite.test.inputs[number - 1, 0], atol=1e-4)
    if packed:
        place.unlink()
        with pytest.raises(DataError, match=r"put it there\. The Free Spoken Digit"):
            SOURCE.sound(1, **options)


def test_of_a_long_recording_the_middle_is_heard() -> None:
    sound = np.arange(18_262).astype(np.int16)
    kept = samples(wave_file(heard(sound)), "it")
    assert len(kept) == (FRAMES - 1) * HOP + WINDOW
    assert abs(int(kept[0]) + int(kept[-1]) - 18_261) <= 2 * HOP
    assert len(heard(sound[:6299])) == 6299

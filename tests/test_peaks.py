"""Measured peaks outlive the program, and a spoilt file is as good as none."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.peaks import FILE, Peak, Peaks, peak_of

ONE = Peak("phi-4", "nf4", "RTX 4090", "sdpa", 4096, 1_200, 1_000, "2026-11-22T10:00:00")


def test_a_peak_is_kept_for_the_next_start(tmp_path: Path) -> None:
    assert Peaks(tmp_path / "data").note(ONE)
    assert Peaks(tmp_path / "data").all() == (ONE,)
    assert peak_of(Peaks(tmp_path / "data").all(), "phi-4", "nf4", "RTX 4090") == ONE
    assert peak_of(Peaks(tmp_path / "data").all(), "phi-4", "nf4", "T4") is None


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ({"bytes": 1_300}, 1_300),
        ({"bytes": 1_100}, 1_200),
        ({"bytes": 9_000, "expected": 8_900}, 1_200),  # more because more was asked, and less above the estimate
        ({"bytes": 1_200}, 1_200),
    ],
)
def test_the_highest_above_its_estimate_is_kept(tmp_path: Path, later: dict[str, int], kept: int) -> None:
    peaks = Peaks(tmp_path)
    peaks.note(ONE)
    peaks.note(replace(ONE, **later))
    assert [p.bytes for p in peaks.all()] == [kept]


def test_peaks_of_other_models_stay(tmp_path: Path) -> None:
    peaks = Peaks(tmp_path)
    for quant in ("nf4", "int8", "bf16"):
        peaks.note(replace(ONE, quant=quant))
    assert [p.quant for p in peaks.all()] == ["bf16", "int8", "nf4"]


def test_less_than_the_estimate_is_no_correction() -> None:
    assert (ONE.extra, replace(ONE, bytes=900).extra) == (200, 0)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"peaks": 7}', '{"peaks": [1, {}, {"model": "x"}]}'])
def test_a_spoilt_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    peaks = Peaks(tmp_path)
    assert peaks.all() == ()
    assert peaks.note(ONE)
    assert peaks.all() == (ONE,)


def test_a_record_with_nonsense_is_passed_over(tmp_path: Path) -> None:
    row = json.loads(json.dumps({f: getattr(ONE, f) for f in ONE.__dataclass_fields__}))
    rows = [row | {"bytes": "many"}, row | {"quant": None}, row | {"later": 1}, row]
    (tmp_path / FILE).write_text(json.dumps({"version": 2, "peaks": rows}))
    assert Peaks(tmp_path).all() == (ONE,)


def test_a_folder_that_cannot_be_written_is_borne(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    Peaks(tmp_path / "file").note(ONE)
    assert Peaks(tmp_path / "file").all() == ()


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    peaks = Peaks(tmp_path)
    threads = [threading.Thread(target=peaks.note, args=(replace(ONE, quant=f"q{i}"),)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {p.quant for p in peaks.all()} == {f"q{i}" for i in range(20)}

"""What a GGUF file says of itself is read rightly, and what is not whole never reaches llama.cpp."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phi4web.engine.gguf_header import read_header
from phi4web.errors import LoadFailed


def write_gguf(path: Path, architecture: str = "llama", **longrope: int) -> Path:
    """A small file by the reference writer: two tensors and a vocabulary."""
    writer = GGUFWriter(path, architecture)
    writer.add_context_length(8192)
    writer.add_file_type(7)
    writer.add_token_list(["a", "bc", "déf"])
    writer.add_token_scores([0.0, 1.0, 2.0])
    writer.add_chat_template("{{ messages }}")
    for name, value in longrope.items():
        writer.add_uint32(f"{architecture}.rope.scaling.{name}", value)
    writer.add_tensor("token_embd.weight", np.zeros((3, 64), np.float32))
    writer.add_tensor("output.weight", np.ones((3, 64), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_the_figures_of_a_whole_file_are_read(tmp_path: Path) -> None:
    header = read_header(write_gguf(tmp_path / "m.gguf", "phi3", original_context_length=4096))
    assert (header.architecture, header.quant, header.context, header.longrope_boundary) == ("phi3", "Q8_0", 8192, 4096)
    assert header.fields["tokenizer.chat_template"]
    assert header.fields["tokenizer.ggml.tokens"] == 3
    assert header.bytes == (tmp_path / "m.gguf").stat().st_size


@pytest.mark.parametrize("kept", [0, 3, 4, 7, 8, 23, 24, 100, 250, -1, -200])
def test_a_file_that_was_cut_short_is_refused_in_one_line(tmp_path: Path, kept: int) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(LoadFailed, match="m.gguf can't be loaded") as failure:
        read_header(path)
    assert "\n" not in str(failure.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<!doctype html><title>Not found</title>" * 100)
    with pytest.raises(LoadFailed, match="not a GGUF file"):
        read_header(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match="There is no file"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(LoadFailed, match="can't be read"):
        read_header(tmp_path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 700), byte=st.integers(0, 255))
def test_no_damaged_byte_does_more_than_raise_load_failed(tmp_path: Path, place: int, byte: int) -> None:
    path = tmp_path / "m.gguf"
    data = bytearray(
        (tmp_path / "whole.gguf").read_bytes() if (tmp_path / "whole.gguf").exists() else write_gguf(tmp_path / "whole.gguf").read_bytes()
    )
    data[place % len(data)] = byte
    path.write_bytes(data)
    with suppress(LoadFailed):
        read_header(path)

"""Reads the head of a GGUF file: what it says about itself, and whether all of it is there.

In: a path. Out: a GgufHeader, or LoadFailed in one line. llama.cpp may end the whole process on a file that is not what
it claims to be, so every file passes through here first. The weights themselves are not read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from phi4web.errors import LoadFailed

MAGIC = b"GGUF"
# Far above any real model, far below what would exhaust memory: a damaged count must not make us read for ever.
_MOST_KEYS, _MOST_TENSORS, _LONGEST_TEXT, _LONGEST_ARRAY = 4_096, 65_536, 8 << 20, 4 << 20
_TEXT, _ARRAY = 8, 9
_MARKS = frozenset(("<think>", "<|im_sep|>", "<|im_start|>", "<|im_end|>", "<|end|>", "<|endoftext|>", "<|eot_id|>"))
_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# ggml type number -> (weights in a block, bytes of a block)
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84), 11: (256, 110),
    12: (256, 144), 13: (256, 176), 14: (256, 210), 20: (32, 18), 23: (256, 136), 30: (1, 2),
}  # fmt: skip
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """`fields` holds the plain values; an array is kept as its length only. `bytes` is the size of the file.

    `marks`: those tokens of its vocabulary that tell how to talk to it.
    """

    fields: dict[str, Any]
    bytes: int
    marks: frozenset[str] = frozenset()

    @property
    def architecture(self) -> str:
        return str(self.fields.get("general.architecture", "unknown"))

    @property
    def quant(self) -> str:
        return _FILE_TYPES.get(self.fields.get("general.file_type", -1), "unknown")

    @property
    def context(self) -> int | None:
        """Tokens that the model was made for. None: the file does not say."""
        value = self.fields.get(f"{self.architecture}.context_length")
        return int(value) if value else None

    @property
    def longrope_boundary(self) -> int | None:
        """Length in tokens above which the long rotary factors count. None: this model has none."""
        value = self.fields.get(f"{self.architecture}.rope.scaling.original_context_length")
        return int(value) if value else None

    def cache_bytes(self, tokens: int) -> int | None:
        """Of the keys and values of so many tokens, 2 bytes a number. None: the file does not say."""

        def count(name: str) -> int:
            value = self.fields.get(f"{self.architecture}.{name}")
            return value if isinstance(value, int) else 0

        heads = count("attention.head_count")
        wide = count("embedding_length") // heads if heads else 0
        both = (count("attention.key_length") or wide) + (count("attention.value_length") or wide)
        return 2 * tokens * count("block_count") * (count("attention.head_count_kv") or heads) * both or None


class _Damaged(Exception):
    pass


class _Reader:
    """Little-endian values from a file that may end or lie at any point."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.marks: set[str] = set()

    def raw(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) != count:
            raise _Damaged("it ends in the middle of its own description")
        return data

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.raw(struct.calcsize("<" + code)))[0]

    def count(self, most: int, what: str) -> int:
        value = int(self.number("Q"))
        if value > most:
            raise _Damaged(f"it claims {value:,} {what}")
        return value

    def text(self) -> str:
        return self.raw(self.count(_LONGEST_TEXT, "bytes in one text")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self.text()
        if kind == _ARRAY:
            return self.array_length()
        if kind not in _FIXED:
            raise _Damaged(f"it holds a value of the unknown kind {kind}")
        return self.number(_FIXED[kind])

    def array_length(self) -> int:
        """Passes over an array: of the vocabulary only a few marks are wanted here."""
        kind = int(self.number("I"))
        count = self.count(_LONGEST_ARRAY, "values in one array")
        if kind in _FIXED:
            self.raw(count * struct.calcsize("<" + _FIXED[kind]))
        elif kind == _TEXT:
            for _ in range(count):
                if (text := self.text()) in _MARKS:
                    self.marks.add(text)
        else:
            raise _Damaged(f"it holds an array of the unknown kind {kind}")
        return count

    def tensor_end(self) -> int:
        """The last byte of the next tensor, counted from the start of the weights; where its type is unknown, its first."""
        self.text()
        dimensions = int(self.number("I"))
        if dimensions > 4:
            raise _Damaged(f"it claims a tensor of {dimensions} dimensions")
        weights = 1
        for _ in range(dimensions):
            weights *= int(self.number("Q"))
        kind, offset = int(self.number("I")), int(self.number("Q"))
        per_block, block_bytes = _BLOCKS.get(kind, (1, 0))
        return offset + weights // per_block * block_bytes


def read_header(path: Path) -> GgufHeader:
    """What the file says about itself. Raises LoadFailed if it is missing, not a GGUF file, damaged or cut short."""
    try:
        return _read(path)
    except _Damaged as damage:
        raise LoadFailed(f"{path.name} can't be loaded: {damage}.", "Delete it, and download it again.") from None
    except FileNotFoundError:
        raise LoadFailed(f"There is no file {path.name}.") from None
    except OSError as error:
        raise LoadFailed(f"{path.name} can't be read: {error.strerror or error}.") from None


def _read(path: Path) -> GgufHeader:
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise _Damaged("it is not a GGUF file (it does not begin with the letters GGUF)")
        reader = _Reader(file)
        version = int(reader.number("I"))
        if version not in (2, 3):
            raise _Damaged(f"its GGUF version is {version}; 2 and 3 are known")
        tensors = reader.count(_MOST_TENSORS, "tensors")
        keys = reader.count(_MOST_KEYS, "entries")
        fields = {reader.text(): reader.value(int(reader.number("I"))) for _ in range(keys)}
        end = max((reader.tensor_end() for _ in range(tensors)), default=0)
        needed = _aligned(file.tell(), fields.get("general.alignment")) + end
    if size < needed:
        raise _Damaged(f"it is {size:,} bytes long and should be {needed:,}, so the download was cut short")
    return GgufHeader(fields, size, frozenset(reader.marks))


def _aligned(position: int, alignment: Any) -> int:
    step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else 32
    return -(-position // step) * step

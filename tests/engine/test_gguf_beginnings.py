"""What is kept of prompts in files: which, how much, and what happens when a file is gone. Without a model."""

from __future__ import annotations

from pathlib import Path

from phi4web.engine.gguf_beginnings import Beginnings
from phi4web.engine.gguf_header import GgufHeader
from phi4web.errors import EngineError

HEADER = GgufHeader(
    {"general.architecture": "a", "a.block_count": 1, "a.attention.head_count": 1, "a.embedding_length": 25},  # 100 bytes a token
    1,
)


class Cache:
    """Files in place of llama.cpp. `broken`: the actions that fail."""

    def __init__(self, most_bytes: int = 10_000) -> None:
        self.broken: set[str] = set()
        self.kept = Beginnings(HEADER, self.act, most_bytes)

    def act(self, slot: int, action: str, name: str) -> None:
        path = self.kept.folder / name
        if action == "save":
            path.write_text("half of it" if action in self.broken else "cache")
        if action in self.broken or not path.exists():
            raise EngineError(f"no {action}")

    @property
    def files(self) -> list[Path]:
        return list(self.kept.folder.iterdir())


def test_only_the_very_same_tokens_come_back() -> None:
    cache = Cache()
    cache.kept.save(0, [1, 2, 3])
    assert cache.kept.has([1, 2, 3])
    assert [cache.kept.restore(1, tokens) for tokens in ([1, 2, 3], [1, 2], [1, 2, 3, 4], [3, 2, 1])] == [True, False, False, False]
    cache.kept.close()
    assert not cache.kept.folder.exists()


def test_the_files_stay_below_their_size_and_the_one_unused_longest_goes() -> None:
    cache = Cache(most_bytes=1000)
    cache.kept.save(0, [1] * 4)
    cache.kept.save(0, [2] * 4)
    assert cache.kept.restore(0, [1] * 4)
    cache.kept.save(0, [3] * 4)
    assert [cache.kept.has([n] * 4) for n in (1, 2, 3)] == [True, False, True]
    cache.kept.save(0, [4] * 6)  # more than half of what all may take
    assert not cache.kept.has([4] * 6)
    assert len(cache.files) == 2


def test_the_same_twice_takes_the_place_of_one() -> None:
    cache = Cache()
    cache.kept.save(0, [1, 2])
    cache.kept.save(1, [1, 2])
    assert len(cache.files) == 1
    assert cache.kept.restore(0, [1, 2])


def test_what_can_not_be_saved_or_restored_is_forgotten() -> None:
    cache = Cache()
    cache.broken = {"save"}
    cache.kept.save(0, [1, 2])
    assert (cache.kept.restore(0, [1, 2]), cache.files) == (False, [])
    cache.broken = {"restore"}
    cache.kept.save(0, [1, 2])
    assert (cache.kept.restore(0, [1, 2]), cache.kept.has([1, 2]), cache.files) == (False, False, [])


def test_a_file_whose_head_does_not_say_how_large_a_cache_is_keeps_nothing() -> None:
    cache = Cache()
    cache.kept._header = GgufHeader({}, 1)
    cache.kept.save(0, [1, 2])
    assert not cache.kept.has([1, 2])

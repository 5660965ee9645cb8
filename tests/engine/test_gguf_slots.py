"""Who gets which slot, and what of its cache is used again: the rules, without a model."""

from __future__ import annotations

import threading

import pytest

from phi4web.engine.gguf_slots import Reading, Slot, Slots, how_to_read, steady_after
from phi4web.engine.tokens import common_prefix

LONG = list(range(100, 400))


def held(prompt: list[int], steady: int, alone: bool = True, fixed: int = 0) -> Slot:
    return Slot(0, prompt, steady, alone, fixed=fixed)


def never() -> bool:
    return False


ANEW = Reading(0, anew=True)


@pytest.mark.parametrize(
    ("slot", "prompt", "how"),
    [
        (Slot(0), LONG, Reading(0)),  # nothing is there
        (held(LONG, 299), LONG, None),  # the very same: only its last token is read again
        (held(LONG, 299, alone=False), LONG, Reading(256, cut=True)),  # the same, but read beside others: what is steady is kept
        (held(LONG, 0, alone=False), LONG, ANEW),
        (held(LONG, 299), [*LONG, 7, 8, 9], Reading(300)),  # goes on
        (held(LONG, 0, alone=False), [*LONG, 7, 8, 9], Reading(300)),  # goes on, whatever was read how
        (held(LONG, 299), [*LONG[:200], 7, 8, 9], Reading(128, cut=True)),  # other end: whole chunks are kept, the rest is cut
        (held(LONG, 299), [*LONG[:128], 7, 8, 9], Reading(128)),  # differs right after a chunk: nothing to cut
        (held(LONG, 299), LONG[:200], Reading(128, cut=True)),
        (held(LONG, 299), LONG[:129], ANEW),  # one more must be read before the last
        (held(LONG, 299), LONG[:130], Reading(128, cut=True)),
        (held(LONG, 299), [7, 8, 9], Reading(0)),
        (held(LONG, 130), [*LONG[:299], 7], Reading(128, cut=True)),  # no more than is steady
        (held(LONG, 299), [5], Reading(0)),
    ],
)
def test_only_what_an_empty_slot_would_hold_in_the_same_way_is_kept(slot: Slot, prompt: list[int], how: Reading | None) -> None:
    assert how_to_read(slot, prompt, 0, 128) == how


@pytest.mark.parametrize(
    ("slot", "prompt", "fixed", "how"),
    [
        (Slot(0), LONG, 25, Reading(25, anew=True)),  # nothing is there
        (held(LONG, 299, fixed=25), LONG, 25, None),
        (held(LONG, 299, fixed=25), [*LONG, 7, 8, 9], 290, Reading(300)),  # goes on, wherever its last message begins
        (held(LONG, 299, fixed=25), [*LONG[:25], 7, 8, 9], 25, Reading(25)),  # only the beginning is the same: nothing to cut
        (held(LONG, 299, fixed=25), [*LONG[:26], 7, 8, 9], 25, Reading(25, anew=True)),  # one more is the same, and must go
        (held(LONG, 299, fixed=25), [*LONG[:200], 7, 8, 9], 25, Reading(153, cut=True)),  # a whole chunk from there is kept
        (held(LONG, 299, fixed=25), [*LONG[:153], 7, 8, 9], 25, Reading(153)),
        (held(LONG, 299, fixed=25), [*LONG[:200], 7, 8, 9], 190, Reading(190, anew=True)),  # chunks from elsewhere are of no use
        (held(LONG, 299, fixed=0), [*LONG[:200], 7, 8, 9], 25, Reading(25, anew=True)),
        (held(LONG, 299, fixed=25), [*LONG[:200], 7, 8, 9], 0, ANEW),
        (held(LONG, 20, fixed=25), [*LONG[:25], 7, 8, 9], 25, Reading(25, anew=True)),  # not all of it is steady
        (held(LONG, 299, fixed=25), [*LONG[:10], 7, 8, 9], 10, Reading(10, anew=True)),
        (held(LONG, 299, fixed=25), [7, 8, 9], 1, Reading(1, anew=True)),
    ],
)
def test_chunks_are_counted_from_the_last_message_on(slot: Slot, prompt: list[int], fixed: int, how: Reading | None) -> None:
    assert how_to_read(slot, prompt, fixed, 128) == how


def test_steady_tokens_stay_steady_as_far_as_the_prompts_agree() -> None:
    assert steady_after(held(LONG, 200), [*LONG[:150], 7, 8]) == 150
    assert steady_after(held(LONG, 100), [*LONG[:150], 7, 8]) == 100
    assert steady_after(held(LONG, 299), LONG[:50]) == 49  # its last token is written anew
    assert (common_prefix([], LONG), common_prefix(LONG, LONG[:7])) == (0, 7)


def test_a_conversation_finds_its_slot_again_and_a_new_one_takes_the_oldest() -> None:
    slots = Slots(3)
    first, second, third = (slots.take([i] * 50, never) for i in (1, 2, 3))
    assert first
    assert second
    assert third
    for slot, prompt in ((first, [1] * 50), (second, [2] * 50), (third, [3] * 50)):
        slot.prompt = prompt
        slots.give_back(slot)
    again = slots.take([2] * 50 + [9] * 50, never)
    assert again is second
    slots.give_back(second)
    assert slots.take([7] * 50, never) is first  # unused longest
    assert slots.take([8] * 50, never) is second  # the third is unused longer, but this one is beside the first
    assert slots.take([8] * 50, never) is third


def test_a_prompt_that_shares_little_takes_an_empty_slot_and_leaves_the_cache_alone() -> None:
    slots = Slots(2)
    first = slots.take([1] * 100, never)
    assert first
    first.prompt = [1] * 100
    slots.give_back(first)
    assert slots.take([1] * 30 + [2] * 70, never) is not first
    assert slots.take([1] * 30 + [2] * 70, never) is first  # nothing else is free


def test_what_was_written_counts_as_well() -> None:
    slots = Slots(2)
    first = slots.take([1] * 60, never)
    assert first
    first.prompt, first.written = [1] * 60, 50
    slots.give_back(first)
    assert slots.take([1] * 50 + [2] * 70, never) is not first


def test_it_is_one_turn_only_while_nobody_else_comes() -> None:
    slots = Slots(2)
    first = slots.take([1], never)
    turn = slots.turn()
    assert turn is not None
    assert slots.turn() == turn
    second = slots.take([2], never)
    assert slots.turn() is None
    assert second
    slots.give_back(second)
    assert slots.turn() not in (None, turn)
    assert first


def test_who_waits_is_served_in_order_and_can_give_up() -> None:
    slots, order = Slots(1), []
    taken = slots.take([1], never)
    assert taken
    gone = threading.Event()

    def wait(name: str, stopped: threading.Event) -> None:
        slot = slots.take([1], stopped.is_set)
        order.append(name if slot else f"{name} gave up")
        if slot:
            slots.give_back(slot)

    threads = []
    for name, stopped in (("a", threading.Event()), ("b", gone), ("c", threading.Event())):
        threads.append(threading.Thread(target=wait, args=(name, stopped)))
        threads[-1].start()
        while len(slots._waiting) < len(threads):
            pass
    gone.set()
    threads[1].join(5)
    assert order == ["b gave up"]
    slots.give_back(taken)
    for thread in threads:
        thread.join(5)
    assert order == ["b gave up", "a", "c"]
    slots.wait_until_free()

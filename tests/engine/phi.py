"""Real Phi-3-class checkpoints, tiny: random ones, and ones whose weights make them say a given text."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import Phi3Config, Phi3ForCausalLM, PreTrainedTokenizerFast

from phi4web.engine.base import Engine, Request
from phi4web.events import Delta, Event, Finished
from phi4web.hardware import cpu_only
from phi4web.loadplan import LoadPlan, Wishes
from phi4web.models import PHI_4_REASONING, Model, Sampling
from phi4web.plan import plan
from phi4web.prompts import Message
from training import gguf_file

# After the prompt: a thought, then the answer 42. After a thought that was closed in the prompt: the answer 7.
THINKS = ("<|im_sep|>", "<think>", "a", "b", "c", "d", "e", "</think>", "4", "2", "<|im_end|>")
CUT_SHORT = ("Ċ", "7", "<|im_end|>")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_sep|>", "<|im_end|>", "<think>", "</think>", "<|dummy_85|>"]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant<|im_sep|>{% endif %}"
)


def tokenizer(template: str | None = CHATML) -> Any:
    """One token for each byte, and Phi's marks, all of them "special" as in the worst upload."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|dummy_85|>")
    fast.add_special_tokens({"additional_special_tokens": SPECIAL})
    fast.chat_template = template
    return fast


def save_phi(folder: Path, *chains: Sequence[str], template: str | None = CHATML, dtype: Any = torch.float32, **settings: Any) -> Path:
    """A checkpoint with random weights; `chains`: in each, every token calls for the next, and none may call for two."""
    torch.manual_seed(0)
    words = tokenizer(template)
    config = Phi3Config(
        vocab_size=len(words), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, pad_token_id=words.pad_token_id, bos_token_id=None,
        eos_token_id=words.eos_token_id, **settings,
    )  # fmt: skip
    model = Phi3ForCausalLM(config)
    if chains:
        _teach(model, [words.convert_tokens_to_ids(list(chain)) for chain in chains])
    model.to(dtype).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _teach(model: Any, chains: list[list[int]]) -> None:
    """The layers add nothing, and the head looks only at the embedding of the last token."""
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embeddings = model.model.embed_tokens.weight
        embeddings.copy_(torch.nn.functional.normalize(torch.randn_like(embeddings), dim=1))
        model.lm_head.weight.zero_()
        for ids in chains:
            for before, after in itertools.pairwise(ids):
                model.lm_head.weight[after] += 4 * embeddings[before]


def plan_of(quant: str = "fp32", model: Model = PHI_4_REASONING, **changes: Any) -> LoadPlan:
    made = plan(cpu_only(64, frozenset({"avx2", "avx512_bf16"})), model, Wishes(quant=quant))
    return replace(made, **({"context": 256, "prefill_chunk": 64} | changes))


GREEDY = Sampling(0.0, 1.0, 0)
WARM = Sampling(1.0, 0.95, 50)


def ask(text: str = "x", tokens: int = 24, sampling: Sampling = GREEDY, seed: int | None = 1, budget: int | None = None) -> Request:
    return Request((Message("user", text),), sampling, tokens, budget, seed)


def run(engine: Engine, request: Request) -> list[Event]:
    return list(engine.stream(request, threading.Event()))


def text(events: Iterable[Event], part: str = "solution") -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.part == part)


def end(events: Sequence[Event]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def save_gguf(folder: Path, path: Path) -> Path:
    """The same checkpoint as a GGUF file."""
    return gguf_file.write(folder, path, "F32")

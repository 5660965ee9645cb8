"""Loads weights and tokenizer by Transformers as a LoadPlan says, and finds out by one token whether it works.

In: a folder and a LoadPlan. Out: Loaded, with what was really used and why. Nothing is fetched here, no code from a
repository is run, and weights are safetensors only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from phi4web.attention import REPEAT_KV
from phi4web.errors import EngineError, LoadFailed, OutOfMemory, Phi4webError, first_line
from phi4web.hardware import ram
from phi4web.loadplan import LoadPlan
from phi4web.memory import gib
from phi4web.models import BNB_QUANTS
from phi4web.prompts import TemplateReport, control_tokens, template_report

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
_STOPS = ("<|im_end|>", "<|end|>", "<|endoftext|>")
_WARM_UP_TOKENS = 8


@dataclass(frozen=True)
class Loaded:
    """`stops`: ids that end an answer. `strip`: texts to leave out of it. `template` tells whether its chat template can be used."""

    model: Any
    tokenizer: Any
    attn_implementation: str
    stops: tuple[int, ...]
    pad: int
    strip: tuple[str, ...]
    template: TemplateReport
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


def load(folder: Path, plan: LoadPlan) -> Loaded:
    """Raises LoadFailed or OutOfMemory in one line."""
    _quiet()
    with _in_one_line(plan):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        _same_quant(config, plan, folder)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model, attn, tried = _first_that_works(folder, config, plan)
    stops = stop_ids(model, tokenizer)
    template = template_report(lambda messages: str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)))
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        attn_implementation=attn,
        stops=stops,
        pad=pad_id(tokenizer, stops),
        strip=_strip(tokenizer, plan),
        template=template,
        reasons=(*(str(choice) for choice in plan.choices), *tried),
        warnings=(*plan.warnings, *template.problems),
    )


def stop_ids(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """All that may end an answer: what the model's generation settings say, the tokenizer's end token, and the end marks it has.

    One source alone is wrong for some uploads of the family: mini's configuration lacks <|end|>.
    """
    told = getattr(model.generation_config, "eos_token_id", None)
    found = set(told if isinstance(told, list) else [told]) | {tokenizer.eos_token_id}
    added = tokenizer.get_added_vocab()
    found |= {added[mark] for mark in _STOPS if mark in added}
    return tuple(sorted(i for i in found if i is not None))


def pad_id(tokenizer: Any, stops: tuple[int, ...]) -> int:
    """The tokenizer's pad token, unless it is an end token too; one prompt at a time needs no padding, so any id will do then."""
    pad = tokenizer.pad_token_id
    return int(pad) if pad is not None and pad not in stops else next(i for i in range(len(stops) + 1) if i not in stops)


def _strip(tokenizer: Any, plan: LoadPlan) -> tuple[str, ...]:
    """Special tokens are kept while decoding, because a think tag may be one of them; all others are left out."""
    special = {str(t) for t in tokenizer.all_special_tokens} | set(control_tokens(plan.model))
    return tuple(sorted(t for t in special if "think" not in t))


def _first_that_works(folder: Path, config: Any, plan: LoadPlan) -> tuple[Any, str, tuple[str, ...]]:
    """Walks down the attention ladder: loading, then one token with numbers that are numbers. Also tells what failed and why."""
    model: Any = None
    tried: list[str] = []
    for attn in plan.attn_ladder:
        try:
            if model is None:
                model = _weights(folder, config, plan, attn)
            else:
                model.set_attn_implementation(attn)
            _warm_up(model, plan)
            return model, attn, tuple(tried)
        except (ImportError, ValueError, RuntimeError, LoadFailed) as error:
            if is_out_of_memory(error):
                raise
            tried.append(f"attention: {attn} asked, not used: {first_line(error)}")
    raise LoadFailed(f"{plan.model.id} {plan.quant} could not be loaded: {tried[-1] if tried else 'no attention to try'}.")


def _weights(folder: Path, config: Any, plan: LoadPlan, attn: str) -> Any:
    if attn == REPEAT_KV:
        register_repeat_kv()
    already = getattr(config, "quantization_config", None) is not None
    # A None given here would be taken for "not quantised", even where the folder says otherwise.
    quantise = {} if already or plan.quant not in BNB_QUANTS else {"quantization_config": bnb_config(plan)}
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=DTYPES[plan.dtype],
        attn_implementation=attn,
        device_map=plan.device_map or {"": plan.device},
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        **quantise,
    )
    if already and plan.dtype == "fp16":
        _to_fp16(model)
    return model.eval()


def bnb_config(plan: LoadPlan) -> Any:
    """The compute dtype is always said: the library's own default is fp32, which is slow."""
    if plan.quant == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=plan.quant.removesuffix("-dq"),
        bnb_4bit_use_double_quant=plan.quant.endswith("-dq"),
        bnb_4bit_compute_dtype=DTYPES[plan.compute_dtype or plan.dtype],
    )


def _same_quant(config: Any, plan: LoadPlan, folder: Path) -> None:
    """Transformers would load an already quantised folder as it is, whatever else was asked for."""
    saved = getattr(config, "quantization_config", None)
    if saved is None:
        return
    saved = saved if isinstance(saved, dict) else saved.to_dict()
    if saved.get("quant_method", "bitsandbytes") != "bitsandbytes":
        raise LoadFailed(f"{folder.name} is quantised by {saved.get('quant_method')}, which is not used here.")
    quant = (
        "int8"
        if saved.get("load_in_8bit")
        else saved.get("bnb_4bit_quant_type", "nf4") + "-dq" * bool(saved.get("bnb_4bit_use_double_quant"))
    )
    if quant != plan.quant:
        raise LoadFailed(f"{folder.name} is already quantised to {quant}; it can't be loaded as {plan.quant}.", f"Choose {quant}.")


def _to_fp16(model: Any) -> None:
    """For cards without bf16: a saved 4-bit model ignores the dtype that is asked for, so its other weights are turned by hand."""
    for parameter in model.parameters():
        if parameter.dtype == torch.bfloat16:
            parameter.data = parameter.data.half()
    for module in model.modules():
        if hasattr(module, "compute_dtype"):
            module.compute_dtype = torch.float16


def _warm_up(model: Any, plan: LoadPlan) -> None:
    """A few tokens and one more on top of their cache: kernels that can't run fail here, and so does arithmetic that overflows."""
    ids = torch.arange(1, _WARM_UP_TOKENS + 1, device=model.device)[None] % model.config.vocab_size
    with torch.inference_mode():
        read = model(input_ids=ids, use_cache=True)
        more = model(input_ids=ids[:, -1:], past_key_values=read.past_key_values, use_cache=True)
    if not all(bool(torch.isfinite(out.logits).all()) for out in (read, more)):
        raise LoadFailed(f"its numbers overflow in {plan.dtype}", "Choose bf16 or fp32.")


def register_repeat_kv() -> None:
    """Attention for Volta and Turing: key and value heads repeated by hand, because no fused kernel there takes grouped heads."""
    ALL_ATTENTION_FUNCTIONS.register(REPEAT_KV, _sdpa_repeat_kv)
    ALL_MASK_ATTENTION_FUNCTIONS.register(REPEAT_KV, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])


def _sdpa_repeat_kv(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, dropout: float = 0.0, scaling: float | None = None, **_: Any
) -> tuple[Any, None]:
    key = key.repeat_interleave(module.num_key_value_groups, dim=1)  # (batch, heads, length, head_dim)
    value = value.repeat_interleave(module.num_key_value_groups, dim=1)
    causal = attention_mask is None and query.shape[2] > 1
    out = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=attention_mask, dropout_p=dropout, scale=scaling, is_causal=causal
    )
    return out.transpose(1, 2).contiguous(), None


def _quiet() -> None:
    """Their messages are for developers; ours say what matters. int8 alone would print a line for every layer."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


@contextmanager
def _in_one_line(plan: LoadPlan) -> Iterator[None]:
    free = free_now(plan)
    try:
        yield
    except Phi4webError:
        raise
    except Exception as error:
        name = f"{plan.model.id} {plan.quant}"
        if is_out_of_memory(error):
            raise OutOfMemory(
                f"{name} needs about {gib(plan.memory.total)}; {gib(free)} are free. Your notebook is saved.",
                "The Hardware page shows what fits.",
            ) from None
        why = first_line(error, 2000)
        for source in (s for s in plan.model.sources if s.kind == "local"):  # strangers may read this: only the folder's name
            why = why.replace(source.repo, Path(source.repo).name)
        raise LoadFailed(f"{name} could not be loaded: {why[:300]}") from error


def free_now(plan: LoadPlan, loaded: bool = False) -> int:
    """Bytes free on the plan's device: its own figure may be hours old. Where the model is spread, that figure has to do."""
    if plan.device == "cpu":
        return ram()[1]
    if plan.device_map is None and plan.device.startswith("cuda"):
        with suppress(RuntimeError, AssertionError):  # a driver that does not answer; a PyTorch without CUDA
            return int(torch.cuda.mem_get_info(plan.device)[0])
    return plan.free_bytes - (plan.memory.weights + plan.memory.fixed if loaded else 0)


def in_one_line(error: BaseException, tokens: int, device: str) -> Phi4webError:
    """What to tell of a failure in the middle of an answer. `tokens`: prompt and answer so far."""
    if isinstance(error, Phi4webError):
        return error
    if is_out_of_memory(error):
        where = "The computer" if device == "cpu" else "The card"
        return OutOfMemory(
            f"{where} ran out of memory at {tokens:,} tokens. What was written so far is kept.", "Run it again with a shorter context."
        )
    return EngineError(f"The model failed: {first_line(error)}")


def is_out_of_memory(error: BaseException) -> bool:
    """Of the card or of the machine; PyTorch tells the second by words only."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(w in str(error).lower() for w in words)


Decode = Callable[[int], str]


def decoder(tokenizer: Any) -> Decode:
    """Text of one more token at a time, special tokens kept. A character that needs several tokens comes with the last of them."""
    from tokenizers.decoders import DecodeStream

    stream = DecodeStream(skip_special_tokens=False)
    fast = tokenizer.backend_tokenizer
    return lambda token: stream.step(fast, token) or ""

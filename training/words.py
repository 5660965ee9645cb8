"""The practice model's tokens: one for each byte, so that anything can be typed, and one for each word and sign that is usual here.

A digit is a token of its own, whatever stands around it.
"""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

# What phi4web puts after a problem (phi4web/prompts.py), as a single token.
TASK = "\n\nWork through it step by step. At the end write the final answer, and only that, inside \\boxed{}."
# How phi4web ends a thought that has taken too long.
CUT = "\n\nNo time is left, so here is the answer.\n"
SPECIAL = ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<think>", "</think>")
_SIGNS = (" + ", " - ", " * ", " / ", " = ", " -> ", ", ", "\n\n", " or ", " and ", ")(", "\\boxed{", "\\frac{", "}{", "\\frac{d}{d",
          "\\int ", " \\, d", "\\times", "\\cdot", "\\div", "\\%", "^{", "}", "f(", "f'(", "dy/d", "d/d", " + C", "× ", "÷ ", "∫ ",
          "product ", ", sum ")  # fmt: skip
_WORDS = (
    "what is what's how much find calculate compute work out evaluate solve for the of if in to by with such that all equation quadratic "
    "linear factor factorise factorize factoring polynomial expression completely derivative differentiate integral integrate "
    "antiderivative indefinite respect roots root solution solutions sum product times plus minus divided percent and or equal are "
    "please value x"
)
TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"


def plain() -> list[str]:
    """The tokens that are neither bytes nor special, longest first."""
    words = [form for word in _WORDS.split() for form in (word, word.capitalize(), f" {word}") if len(form) > 1 and form != " x"]
    return sorted(dict.fromkeys((TASK, CUT, *_SIGNS, *words)), key=lambda text: (-len(text), text))


def tokenizer() -> Any:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(text, normalized=False) for text in SPECIAL])
    made.add_tokens([AddedToken(text, normalized=False) for text in plain()])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|end|>", pad_token="<|endoftext|>", clean_up_tokenization_spaces=False
    )
    fast.chat_template = TEMPLATE
    return fast

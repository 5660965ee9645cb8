"""What is sent to a model: messages for a problem or a chat, and our own rendering where a template can't be trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from phi4web.errors import first_line
from phi4web.models import Model, Style

Role = Literal["system", "user", "assistant"]

THINK_OPEN = "<think>"
# Ends a thought for the model ("answer now", or the budget is used up), so that it goes on with the solution.
CLOSE_THOUGHT = "\n\nNo time is left, so here is the answer.\n</think>\n\n"

# Texts that structure a prompt. They are never shown, and never let through from a user.
_CHATML = ("<|im_start|>", "<|im_sep|>", "<|im_end|>", "<|endoftext|>")
_MINI = ("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|/tool|>", "<|tool_call|>", "<|/tool_call|>", "<|end|>", "<|endoftext|>")
CONTROL_TOKENS: dict[Style, tuple[str, ...]] = {
    "chatml-phi4": (*_CHATML, "<|dummy_85|>", "<|dummy_87|>"),
    "phi4-reasoning": (*_CHATML, "<|dummy_85|>", "<|dummy_87|>"),
    "phi4-mini": _MINI,
    "phi4-mini-reasoning": _MINI,
    "smollm2": ("<|im_start|>", "<|im_end|>", "<|endoftext|>"),
    "chatml": ("<|im_start|>", "<|im_end|>", "<|endoftext|>"),
}
_ANY_CONTROL = re.compile("|".join(re.escape(t) for t in sorted({t for tokens in CONTROL_TOKENS.values() for t in tokens})))
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|<\\think>|\Z)\s*", re.S)

# What each model is asked for beside the problem. The answer in a box is what the checker looks for first.
_BOX = "Work through it step by step. At the end write the final answer, and only that, inside \\boxed{}."

# Worked examples for the small built-in model, which follows no instruction but continues a pattern. The first kind that
# fits is taken. Right in a single try, by the checker (benchmarks/engine_small_model.py, temperature 0.3): 35 of 48 on the
# four problems that these were chosen on, 14 of 72 on nearby ones; asked plainly 10 of 48 on the four.
_SUM = ("What is 25 + 13?", "25 + 13 = 38\n\\boxed{38}")
_LINEAR = ("Solve 3x + 4 = 19.", "3x = 19 - 4\n3x = 15\nx = 15/3\n\\boxed{x = 5}")
_LINEAR_2 = ("Solve 5x - 2 = 8.", "5x = 8 + 2\n5x = 10\nx = 10/5\n\\boxed{x = 2}")
_LINEAR_SHORT = ("Solve 4x + 1 = 9.", "4x + 1 = 9\n4x = 9 - 1 = 8\nx = 8/4 = 2\n\\boxed{x = 2}")
_QUADRATIC = ("Solve x^2 - 3x + 2 = 0.", "x^2 - 3x + 2 = (x - 1)(x - 2)\n\\boxed{x = 1 or x = 2}")
_QUADRATIC_2 = ("Solve x^2 - 9x + 20 = 0.", "x^2 - 9x + 20 = (x - 4)(x - 5)\n\\boxed{x = 4 or x = 5}")
_QUADRATIC_3 = ("Solve x^2 - 8x + 15 = 0.", "x^2 - 8x + 15 = (x - 3)(x - 5)\n\\boxed{x = 3 or x = 5}")
_QUADRATIC_WORDS = (
    "Solve x^2 - 9x + 20 = 0.",
    "Find two numbers with sum 9 and product 20: 4 and 5.\n(x - 4)(x - 5) = 0\n\\boxed{x = 4 or x = 5}",
)
_POWER_RULE = (
    "What is the derivative of x^5?",
    "The power rule: the derivative of x^n is n*x^(n-1).\nHere n = 5, so 5x^4.\n\\boxed{5x^4}",
)
_DERIVATIVE = ("What is the derivative of x^5?", "d/dx x^5 = 5x^(5-1) = 5x^4\n\\boxed{5x^4}")
_DERIVATIVE_2 = ("What is the derivative of 4x^3?", "d/dx 4x^3 = 4*3x^(3-1) = 12x^2\n\\boxed{12x^2}")
_DERIVATIVE_3 = ("What is the derivative of x^4?", "d/dx x^4 = 4x^(4-1) = 4x^3\n\\boxed{4x^3}")
_KINDS: tuple[tuple[re.Pattern[str], tuple[tuple[str, str], ...]], ...] = (
    (re.compile(r"derivative|differentiate|d/d[a-z]", re.I), (_DERIVATIVE, _DERIVATIVE_2, _DERIVATIVE_3)),
    (re.compile(r"\^\s*\{?2\b.*="), (_QUADRATIC, _QUADRATIC_2, _QUADRATIC_3)),
    (re.compile(r"="), (_SUM, _LINEAR_2, _LINEAR, _QUADRATIC)),
    (re.compile(r""), (_LINEAR_SHORT, _POWER_RULE, _QUADRATIC_WORDS, _SUM)),
)
# The three fixed system texts below are what these models were trained with or what their templates put in.
_MINI_REASONING_SYSTEM = "Your name is Phi, an AI math expert developed by Microsoft."
_REASONING_SYSTEM = "You are Phi. First think inside <think> and </think>, then write the solution."
_SMOLLM2_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


def control_tokens(model: Model) -> tuple[str, ...]:
    """Texts to strip from what this model writes."""
    return CONTROL_TOKENS[model.style]


def takes_system(model: Model) -> bool:
    """Whether a system message reaches the model. Phi-4-reasoning's template puts its own in place of the caller's."""
    return model.style != "phi4-reasoning"


def defuse(text: str) -> str:
    """The same text with every control token broken, so that it can't end the user's turn or begin another."""
    return _ANY_CONTROL.sub(lambda token: token[0].replace("<|", "< |"), text)


def without_thought(text: str) -> str:
    """An earlier answer without its thought, which is never sent back."""
    return _THOUGHT.sub("", text, count=1) if text.lstrip().startswith(THINK_OPEN) else text


def solve_messages(model: Model, problem: str) -> tuple[Message, ...]:
    """One user turn that asks for a boxed answer; for the small built-in model after worked examples of the same kind."""
    problem = defuse(problem.strip())
    if model.style == "smollm2":
        return (*_worked_examples(problem), Message("user", problem))
    return (Message("user", f"{problem}\n\n{_BOX}"),)


def _worked_examples(problem: str) -> tuple[Message, ...]:
    examples = next(pairs for kind, pairs in _KINDS if kind.search(problem))
    return tuple(message for question, answer in examples for message in (Message("user", question), Message("assistant", answer)))


def retry_messages(model: Model, problem: str, solution: str, witness: str) -> tuple[Message, ...]:
    """The problem, the refuted solution, and the counterexample that the checker found."""
    again = f"That answer is wrong: {defuse(witness)}. Find the mistake and solve it again. {_BOX}"
    return (*solve_messages(model, problem), Message("assistant", without_thought(solution)), Message("user", again))


def chat_messages(model: Model, turns: Iterable[Message]) -> tuple[Message, ...]:
    """A conversation as this model takes it: no old thoughts, no broken tokens, a system text only where it is heard."""
    sent = [Message(t.role, without_thought(t.content) if t.role == "assistant" else defuse(t.content)) for t in turns]
    return tuple(sent if takes_system(model) else _system_into_user(sent))


def _system_into_user(turns: Sequence[Message]) -> list[Message]:
    """System texts go in front of the first user turn."""
    system = "\n\n".join(t.content for t in turns if t.role == "system" and t.content)
    rest = [t for t in turns if t.role != "system"]
    first = next((i for i, t in enumerate(rest) if t.role == "user"), None)
    if system and first is not None:
        rest[first] = Message("user", f"{system}\n\n{rest[first].content}")
    return rest


def render(model: Model, messages: Sequence[Message]) -> str:
    """The prompt as text, up to where the assistant begins: for a checkpoint whose own template is missing or broken."""
    messages = _with_system(model.style, messages)
    if model.style in ("phi4-mini", "phi4-mini-reasoning"):
        return "".join(f"<|{m.role}|>{m.content}<|end|>" for m in messages) + "<|assistant|>"
    if model.style in ("smollm2", "chatml"):
        return "".join(f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"
    return "".join(f"<|im_start|>{m.role}<|im_sep|>{m.content}<|im_end|>" for m in messages) + "<|im_start|>assistant<|im_sep|>"


def _with_system(style: Style, messages: Sequence[Message]) -> Sequence[Message]:
    """With the system text that this model's own template would put in front."""
    given = messages[0].content if messages and messages[0].role == "system" else None
    rest = messages if given is None else messages[1:]
    if style == "phi4-mini-reasoning":
        return (Message("system", " ".join(filter(None, (_MINI_REASONING_SYSTEM, given)))), *rest)
    if style == "phi4-reasoning":
        return (Message("system", _REASONING_SYSTEM), *_system_into_user(messages))
    if style == "smollm2" and given is None:
        return (Message("system", _SMOLLM2_SYSTEM), *rest)
    return messages


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """What a chat template did with a probe. `system_kept`: a system message reaches the model.

    `user_once`: the user's text appears exactly once. `opens_thought`: the prompt ends inside a thought already.
    `drops_thoughts`: thoughts in earlier turns are left out. `problems`: what is wrong, one line each, empty if nothing is.
    """

    system_kept: bool
    user_once: bool
    opens_thought: bool
    drops_thoughts: bool
    problems: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.user_once


TemplateRenderer = Callable[[list[dict[str, str]]], str]


def template_report(render_function: TemplateRenderer) -> TemplateReport:
    """Tries a checkpoint's template on marked texts. `render_function` takes role/content dicts and adds the assistant's start."""
    alone, failed = _try(render_function, [{"role": "user", "content": "ZZ2"}])
    both, no_system = _try(render_function, [{"role": "system", "content": "ZZ1"}, {"role": "user", "content": "ZZ2"}])
    turns = [("user", "ZZ3"), ("assistant", "<think>ZZ4</think>ZZ5"), ("user", "ZZ6")]
    history, no_turns = _try(render_function, [{"role": role, "content": text} for role, text in turns])
    problems = [
        f"The chat template fails: {failed}." if failed else "",
        f"The chat template fails for a second turn: {no_turns}." if no_turns else "",
        ""
        if failed or alone.count("ZZ2") == 1
        else f"The chat template puts the user's text in {alone.count('ZZ2')} times instead of once.",
        "" if no_turns or history.count("ZZ5") == 1 else f"The chat template puts an earlier answer in {history.count('ZZ5')} times.",
        f"The chat template refuses a system message: {no_system}." if no_system and not failed else "",
    ]
    return TemplateReport(
        system_kept=both.count("ZZ1") == 1 and both.count("ZZ2") == 1,
        user_once=alone.count("ZZ2") == 1,
        opens_thought=alone.rstrip().endswith(THINK_OPEN),
        drops_thoughts="ZZ4" not in history,
        problems=tuple(filter(None, problems)),
    )


def _try(render_function: TemplateRenderer, messages: list[dict[str, str]]) -> tuple[str, str]:
    """The rendered text, and the first line of what went wrong."""
    try:
        return render_function(messages), ""
    except Exception as error:  # a template is a program from elsewhere and may raise anything
        return "", first_line(error)

"""Trains the practice model on this computer's CPU: `python -m training.train OUT --until 07:05`.

The model is Phi-3's decoder written out small, so that it trains about as fast as the processor multiplies; `save` writes it
as a Phi3ForCausalLM. Problems are never repeated on purpose. Rows hold several problems, none of which sees another.
The rates fall by the clock: flat at first, then down to nothing at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.drills import drill
from training.problems import Problem, problems
from training.words import CUT, TASK, tokenizer

ROW = 192
IGNORED = -100


class Block(nn.Module):
    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.input_layernorm = nn.Parameter(torch.ones(width))
        self.post_attention_layernorm = nn.Parameter(torch.ones(width))
        self.qkv_proj = nn.Parameter(torch.randn(3 * width, width) * width**-0.5)
        self.o_proj = nn.Parameter(torch.zeros(width, width))
        self.gate_up_proj = nn.Parameter(torch.randn(2 * inner, width) * width**-0.5)
        self.down_proj = nn.Parameter(torch.zeros(width, inner))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        rows, length, width = x.shape
        qkv = functional.linear(_norm(x, self.input_layernorm), self.qkv_proj)
        q, k, v = (part.view(rows, length, self.heads, -1).transpose(1, 2) for part in qkv.chunk(3, -1))
        mixed = functional.scaled_dot_product_attention(_turn(q, cos, sin), _turn(k, cos, sin), v, attn_mask=mask)
        x = x + functional.linear(mixed.transpose(1, 2).reshape(rows, length, width), self.o_proj)
        gate, up = functional.linear(_norm(x, self.post_attention_layernorm), self.gate_up_proj).chunk(2, -1)
        return x + functional.linear(functional.silu(gate) * up, self.down_proj)


def _norm(x: Tensor, weight: Tensor) -> Tensor:
    return functional.rms_norm(x.float(), (x.shape[-1],), weight, 1e-5).to(x.dtype)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


class Small(nn.Module):
    def __init__(self, vocabulary: int, width: int, layers: int, inner: int, heads: int) -> None:
        super().__init__()
        self.embed = nn.Parameter(torch.randn(vocabulary, width) * 0.02)
        self.layers = nn.ModuleList(Block(width, inner, heads) for _ in range(layers))
        self.norm = nn.Parameter(torch.ones(width))
        half = width // heads // 2
        angles = torch.arange(ROW)[:, None] * 10000.0 ** (-torch.arange(half) / half)
        angles = torch.cat((angles, angles), -1)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, ids: Tensor, documents: Tensor, targets: Tensor) -> Tensor:
        mask = (documents[:, None, :, None] == documents[:, None, None, :]).tril()
        x = functional.embedding(ids, self.embed).to(torch.bfloat16)
        mask = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, -1e4)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        with torch.autocast("cpu", torch.bfloat16):
            for layer in self.layers:
                x = layer(x, cos, sin, mask)
            logits = functional.linear(_norm(x, self.norm), self.embed)
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def text_of(problem: Problem, random: Random) -> tuple[str, str]:
    """What is given, and what is to be written. One thought in thirty is cut short, as phi4web may do."""
    given = f"<|user|>{problem.question}{TASK if random.random() < 0.6 else ''}<|end|><|assistant|>"
    thought = problem.thought
    if random.random() < 1 / 30:
        lines = thought.split("\n")
        thought = "\n".join(lines[: random.randint(1, len(lines))])
        return f"{given}<think>{thought}{CUT}", f"</think>\n\n\\boxed{{{problem.answer}}}<|end|>"
    return given, f"<think>{thought}</think>\n\n\\boxed{{{problem.answer}}}<|end|>"


def _drill(random: Random, words: Any) -> tuple[list[int], list[int]]:
    """One kind of step over and over: only what is to be written counts."""
    ids: list[int] = []
    targets: list[int] = []
    steps = drill(random)
    pieces = words([text for given, wanted in steps for text in (given, wanted + "\n")]).input_ids
    for given, wanted in zip(pieces[::2], pieces[1::2], strict=True):
        if len(ids) + len(given) + len(wanted) > 128:
            break
        ids += given + wanted
        targets += [IGNORED] * len(given) + wanted
    return ids, targets[1:] + [IGNORED]


def rows(seed: int, words: Any, drills: int) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Ids, the number of the problem that each belongs to, and targets, packed into rows of the same length."""
    random, stream = Random(seed), problems(seed)
    open_rows: list[tuple[list[int], list[int], list[int]]] = []
    while True:
        texts = [text_of(next(stream), random) for _ in range(256)]
        given = words([t[0] for t in texts]).input_ids
        wanted = words([t[1] for t in texts]).input_ids
        documents = [
            (before + after, [IGNORED] * (len(before) - 1) + after + [IGNORED]) for before, after in zip(given, wanted, strict=True)
        ]
        documents += [_drill(random, words) for _ in range(drills)]
        for ids, targets in documents:
            if len(ids) > ROW:
                continue
            fits = next((r for r in open_rows if len(r[0]) + len(ids) <= ROW), None)
            if fits is None:
                fits = ([], [], [])
                open_rows.append(fits)
            number = (fits[1][-1] + 1) if fits[1] else 1
            fits[0].extend(ids)
            fits[1].extend([number] * len(ids))
            fits[2].extend(targets)
        while len(open_rows) > 12:
            fullest = max(range(len(open_rows)), key=lambda i: len(open_rows[i][0]))
            row = open_rows.pop(fullest)
            rest = ROW - len(row[0])
            yield row[0] + [0] * rest, row[1] + [0] * rest, row[2] + [IGNORED] * rest


class Muon:
    """Momentum whose step is made orthogonal (Newton-Schulz), for all matrices of one shape together."""

    def __init__(self, model: Small) -> None:
        self.parts: dict[tuple[int, int], list[Any]] = {}
        for layer in model.layers:
            for parameter, pieces in ((layer.qkv_proj, 3), (layer.o_proj, 1), (layer.gate_up_proj, 2), (layer.down_proj, 1)):
                shape = (parameter.shape[0] // pieces, parameter.shape[1])
                self.parts.setdefault((min(shape), max(shape)), []).append((parameter, pieces, shape[0] > shape[1]))
        self.moments: dict[tuple[int, int], Tensor] = {}

    @torch.no_grad()
    def step(self, rate: float, momentum: float = 0.95) -> None:
        for shape, members in self.parts.items():
            grads = torch.stack([g.T if tall else g for p, n, tall in members for g in p.grad.chunk(n)])
            moment = self.moments.setdefault(shape, torch.zeros_like(grads))
            moment.lerp_(grads, 1 - momentum)
            steps = iter(_orthogonal(grads.lerp(moment, momentum)))
            for parameter, pieces, tall in members:
                for piece in parameter.chunk(pieces):
                    change = next(steps)
                    grown = max(1.0, piece.shape[0] / piece.shape[1]) ** 0.5
                    piece.mul_(1 - rate * 0.02).sub_(change.T if tall else change, alpha=rate * grown)


def _orthogonal(x: Tensor) -> Tensor:
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + (-4.775 * square + 2.0315 * square @ square) @ x
    return x.float()


def save(model: Small, words: Any, folder: Path) -> None:
    """As Transformers loads it."""
    from transformers import GenerationConfig, Phi3Config, Phi3ForCausalLM

    first: Any = model.layers[0]
    config = Phi3Config(
        vocab_size=model.embed.shape[0], hidden_size=model.embed.shape[1], intermediate_size=first.down_proj.shape[1],
        num_hidden_layers=len(model.layers), num_attention_heads=first.heads, num_key_value_heads=first.heads,
        max_position_embeddings=1024, tie_word_embeddings=True, pad_token_id=words.pad_token_id, bos_token_id=None,
        eos_token_id=words.eos_token_id,
    )  # fmt: skip
    theirs = Phi3ForCausalLM(config)
    weights = {"model.embed_tokens.weight": model.embed, "lm_head.weight": model.embed, "model.norm.weight": model.norm}
    for i, layer in enumerate(model.layers):
        for name, value in layer.named_parameters():
            part = "mlp." if name in ("gate_up_proj", "down_proj") else "self_attn." if name in ("qkv_proj", "o_proj") else ""
            weights[f"model.layers.{i}.{part}{name}.weight"] = value
    theirs.load_state_dict({name: value.detach() for name, value in weights.items()})
    theirs.generation_config = GenerationConfig(eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id, do_sample=False)
    theirs.save_pretrained(folder)
    words.save_pretrained(folder)


def rate_at(share: float, step: int, fall: float) -> float:
    """Of the highest: rises over 50 steps, stays, and falls over the last part `fall` of the time."""
    return min(1.0, (step + 1) / 50) * min(1.0, max(0.0, (1 - share) / fall))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", required=True, help="HH:MM of today, UTC")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--inner", type=int, default=512)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=0.004)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--steps", type=int, default=10**9)
    parser.add_argument("--drills", type=int, default=48, help="drills beside 256 problems")
    parser.add_argument("--fall", type=float, default=0.6, help="part of the time in which the rates fall to nothing")
    parser.add_argument("--resume", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    words = tokenizer()
    model = Small(math.ceil(len(words) / 64) * 64, args.width, args.layers, args.inner, args.heads)
    seed = 1
    muon = Muon(model)
    others = [p for name, p in model.named_parameters() if p.ndim == 1 or name == "embed"]
    adam = torch.optim.AdamW(others, lr=args.adam_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    if args.resume:
        state = torch.load(args.resume, weights_only=True)
        model.load_state_dict(state["model"])
        adam.load_state_dict(state["adam"])
        muon.moments = state["muon"]
        seed = state["seed"] + 1
    args.out.mkdir(parents=True, exist_ok=True)
    run = model if args.no_compile else torch.compile(model)
    started = time.time()
    hour, minute = map(int, args.until.split(":"))
    end = datetime.now().replace(hour=hour, minute=minute, second=0)
    end_time = (end if end > datetime.now() else end + timedelta(days=1)).timestamp()
    stream = rows(seed, words, args.drills)
    log = (args.out / "log.jsonl").open("a")
    count = sum(p.numel() for p in model.parameters())
    told = {"parameters": count, "vocabulary": len(words)} | {name: str(value) for name, value in vars(args).items()}
    print(json.dumps(told), file=log, flush=True)
    tokens, losses, last_log, last_save, logged_tokens = 0, [], time.time(), time.time(), 0
    for step in range(args.steps):
        share = (time.time() - started) / (end_time - started)
        if share >= 1:
            break
        batch = [next(stream) for _ in range(args.rows)]
        ids, documents, targets = (torch.tensor([r[i] for r in batch]) for i in range(3))
        loss = run(ids, documents, targets)
        loss.backward()
        rate = rate_at(share, step, args.fall)
        muon.step(args.rate * rate)
        for group in adam.param_groups:
            group["lr"] = args.adam_rate * rate
        adam.step()
        model.zero_grad(set_to_none=True)
        tokens += ids.numel()
        losses.append(loss.item())
        now = time.time()
        if now - last_log > 15:
            line = {"step": step, "seconds": round(now - started), "tokens": tokens, "loss": round(sum(losses) / len(losses), 4),
                    "tokens_per_second": round((tokens - logged_tokens) / (now - last_log)), "rate": round(rate, 3)}  # fmt: skip
            print(json.dumps(line), file=log, flush=True)
            losses, last_log, logged_tokens = [], now, tokens
        if now - last_save > 240:
            _checkpoint(model, words, muon, adam, seed, args.out)
            last_save = now
    _checkpoint(model, words, muon, adam, seed, args.out)
    print(json.dumps({"done": True, "step": step, "seconds": round(time.time() - started), "tokens": tokens}), file=log, flush=True)


def _checkpoint(model: Small, words: Any, muon: Muon, adam: Any, seed: int, out: Path) -> None:
    save(model, words, out / "model")
    state = {"model": model.state_dict(), "muon": muon.moments, "adam": adam.state_dict(), "seed": seed}
    torch.save(state, out / "state.part")
    (out / "state.part").replace(out / "state.pt")


if __name__ == "__main__":
    main()

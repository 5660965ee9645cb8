"""Any other model, from its own files: config.json, generation_config.json, the tokenizer's settings, or the head of a GGUF file.

Nothing is loaded and nothing is run. Only plain decoders of known kinds are taken; for everything else there is one clear line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phi4web.errors import BadInput
from phi4web.models.types import BNB_QUANTS, TRANSFORMERS_QUANTS, Architecture, Model, Sampling, Source, SourceKind, Style, is_gguf

# model_type of config.json, general.architecture of GGUF: decoders for which the formulas of Architecture hold
PLAIN = ("phi3", "llama", "mistral", "qwen2", "qwen3")
_MOST_BYTES = 64 << 20  # of a JSON file that is read
_THINKER = re.compile(r"reason|think|qwq|(?<![a-z0-9])r1(?![a-z0-9])", re.I)
_ENDS = ("<|im_end|>", "<|end|>", "<|endoftext|>", "<|eot_id|>", "</s>")
_OURS = "its files give none; chosen here"


def model_of_folder(name: str, folder: Path, repo: str | None = None, weight_bytes: int | None = None) -> Model:
    """The model that lies in this folder, or in the repository `repo` whose description lies there. Raises BadInput.

    `name` is what is shown; only its source keeps the folder.
    """
    config = _json(folder / "config.json")
    if config is None:
        raise BadInput(f"{name} has no config.json that can be read.", "Name a folder with a model in safetensors, or a GGUF file.")
    sizes = [p.stat().st_size for p in folder.glob("*.safetensors")]
    if repo is None and not sizes:
        raise BadInput(f"{name} holds no safetensors.", "Only safetensors and GGUF files are loaded, because others can carry code.")
    words = _words(folder)
    quant = _quant(name, config)
    kind: SourceKind = "local" if repo is None else "hub-bnb" if quant in BNB_QUANTS else "hub-safetensors"
    return _model(
        name,
        arch=_architecture(name, config, f"{name}/config.json"),
        template=words[0],
        marks=words[1],
        sampling=_sampling(_json(folder / "generation_config.json") or {}),
        quants=(quant,) if quant in BNB_QUANTS else TRANSFORMERS_QUANTS,
        source=Source(quant, repo or str(folder), kind, bytes=sum(sizes) or weight_bytes),
    )


def model_of_gguf(
    name: str, path: Path, fields: Mapping[str, Any], quant: str, marks: frozenset[str] = frozenset(), source: Source | None = None
) -> Model:
    """The model in a GGUF file whose head says `fields`, and whose vocabulary holds `marks`. Raises BadInput."""
    kind = _known(name, fields.get("general.architecture"), False)

    def figure(key: str, default: Any = None) -> Any:
        return fields.get(f"{kind}.{key}", default)

    config = {
        "model_type": kind,
        "num_hidden_layers": figure("block_count"),
        "num_attention_heads": figure("attention.head_count"),
        "num_key_value_heads": figure("attention.head_count_kv"),
        "head_dim": figure("attention.key_length"),
        "hidden_size": figure("embedding_length"),
        "intermediate_size": figure("feed_forward_length"),
        "vocab_size": figure("vocab_size", fields.get("tokenizer.ggml.tokens")),  # of an array the header keeps the length
        "max_position_embeddings": figure("context_length"),
    }
    boundary = figure("rope.scaling.original_context_length")
    if boundary:
        config |= {"rope_scaling": {"rope_type": "longrope"}, "original_max_position_embeddings": boundary}
    quant = quant if is_gguf(quant) else "GGUF"
    return _model(
        name,
        arch=_architecture(name, config, f"metadata of {path.name}"),
        template=str(fields.get("tokenizer.chat_template", "")),
        marks=marks,
        sampling=None,
        quants=(quant,),
        source=source or Source(quant, str(path.parent), "local", path.name, path.stat().st_size),
    )


def _model(
    name: str,
    *,
    arch: Architecture,
    template: str,
    marks: Iterable[str],
    sampling: Sampling | None,
    quants: tuple[str, ...],
    source: Source,
) -> Model:
    thinks = "<think>" in template or "<think>" in marks or bool(_THINKER.search(Path(name).name))
    longest = min(10240 if thinks else 4096, arch.context // 2)
    return Model(
        id=name,
        label=f"{Path(name).name} (advanced)",
        repo=name,
        style=_style(template, marks),
        arch=arch,
        licence="not known",
        sampling=sampling or (Sampling(0.8, 0.95, 50) if thinks else Sampling(0.0, 1.0, 0)),
        sampling_source=f"generation_config.json of {name}" if sampling else _OURS,
        thinks=thinks,
        thinking_budget=longest * 4 // 5 if thinks else None,
        max_new_tokens=longest,
        tries=8 if arch.parameters < 1e9 else 1,
        quants=quants,
        default_quant=source.quant,
        sources=(source,),
        stop_tokens=tuple(end for end in _ENDS if end in template or end in marks),
        note="Not of the catalogue: nobody has tried it here.",
        advanced=True,
    )


def _json(path: Path) -> dict[str, Any] | None:
    """The object in a file. None: there is no such file, or it holds something else."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _known(name: str, kind: Any, own_code: bool) -> str:
    if kind in PLAIN:
        return str(kind)
    why = " and needs code from its repository, which this program never runs" if own_code else ""
    said = f"is a {kind[:40]!r} model{why}" if isinstance(kind, str) else "does not say which kind of model it is"
    raise BadInput(f"{name} {said}.", f"These kinds run here: {', '.join(PLAIN)}. A server that has it can run it: --model remote:NAME.")


def _architecture(name: str, config: Mapping[str, Any], source: str) -> Architecture:
    kind = _known(name, config.get("model_type"), "auto_map" in config)

    def figure(key: str, default: Any = None) -> int:
        value = config.get(key)
        value = default if value is None else value
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 31:
            raise BadInput(
                f"{source} gives {key} as {str(value)[:40]!r}, which is no size.", f"It should be a {kind} model's configuration."
            )
        return value

    hidden, heads = figure("hidden_size"), figure("num_attention_heads")
    rope = config.get("rope_scaling") or config.get("rope_parameters")
    rope = rope if isinstance(rope, dict) else {}
    long = (rope.get("rope_type") or rope.get("type")) in ("longrope", "su")
    boundary = config.get("original_max_position_embeddings") or rope.get("original_max_position_embeddings")
    return Architecture(
        layers=figure("num_hidden_layers"),
        heads=heads,
        kv_heads=figure("num_key_value_heads", heads),
        head_dim=figure("head_dim", hidden // heads),
        hidden=hidden,
        intermediate=figure("intermediate_size"),
        vocab=figure("vocab_size"),
        context=figure("max_position_embeddings"),
        tied=config.get("tie_word_embeddings") is True,
        source=source,
        longrope_boundary=boundary if long and isinstance(boundary, int) else None,
    )


def _quant(name: str, config: Mapping[str, Any]) -> str:
    """What a folder is saved in: 16 bits, or one of bitsandbytes'. Raises BadInput for any other quantisation."""
    saved = config.get("quantization_config")
    if not isinstance(saved, dict):
        return "bf16"
    if saved.get("quant_method", "bitsandbytes") != "bitsandbytes":
        raise BadInput(
            f"{name} is quantised by {str(saved['quant_method'])[:40]}, which is not used here.", "Take its 16-bit or GGUF build."
        )
    if saved.get("load_in_8bit"):
        return "int8"
    return "nf4-dq" if saved.get("bnb_4bit_use_double_quant") else str(saved.get("bnb_4bit_quant_type", "nf4"))


def _words(folder: Path) -> tuple[str, frozenset[str]]:
    """The chat template, and the tokens with a meaning of their own."""
    settings = _json(folder / "tokenizer_config.json") or {}
    template = settings.get("chat_template", "")
    if isinstance(template, list):  # several, by name
        template = next((t.get("template", "") for t in template if isinstance(t, dict) and t.get("name") == "default"), "")
    with_file = folder / "chat_template.jinja"
    if with_file.is_file() and with_file.stat().st_size <= _MOST_BYTES:
        template = with_file.read_text(encoding="utf-8", errors="replace")
    decoder = settings.get("added_tokens_decoder")
    marks = {str(t.get("content")) for t in decoder.values() if isinstance(t, dict)} if isinstance(decoder, dict) else set()
    marks |= set(_json(folder / "added_tokens.json") or {})
    if not marks:
        added = (_json(folder / "tokenizer.json") or {}).get("added_tokens")
        marks = {str(t.get("content")) for t in added if isinstance(t, dict)} if isinstance(added, list) else set()
    return str(template or ""), frozenset(marks)


def _style(template: str, marks: Iterable[str]) -> Style:
    """Which of the family's prompts it is nearest to, for what its own template does not settle."""
    if "<|im_sep|>" in template or "<|im_sep|>" in marks:
        return "phi4-reasoning" if "<think>" in template else "chatml-phi4"
    if "<|assistant|>" in template and "<|end|>" in template:
        return "phi4-mini-reasoning" if "math expert" in template else "phi4-mini"
    return "chatml"


def _sampling(config: Mapping[str, Any]) -> Sampling | None:
    """None: it says nothing of sampling."""
    if "do_sample" not in config and "temperature" not in config:
        return None
    if config.get("do_sample") is False:
        return Sampling(0.0, 1.0, 0)

    def number(key: str, default: float, most: float) -> float:
        value = config.get(key)
        return float(value) if isinstance(value, int | float) and 0 <= value <= most else default

    return Sampling(number("temperature", 1.0, 5), number("top_p", 1.0, 1), int(number("top_k", 50, 1e6)), number("min_p", 0.0, 1))

"""Writes a Phi3ForCausalLM folder as a GGUF file, for llama.cpp: `python -m training.gguf_file FOLDER FILE [F32|F16|Q8_0]`.

For tokenizers of one token a byte, without merges, as the small models of this repository have them. Marks are of the kind
"control", which llama.cpp writes only when asked; other added tokens are found in any text, as Transformers does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, RopeScalingType, TokenType
from gguf.quants import quantize
from transformers import Phi3ForCausalLM, PreTrainedTokenizerFast

_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "model.layers": "blk",
    "self_attn.qkv_proj": "attn_qkv",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "post_attention_layernorm": "ffn_norm",
    "input_layernorm": "attn_norm",
}
_FILE_TYPES = {"F32": LlamaFileType.ALL_F32, "F16": LlamaFileType.MOSTLY_F16, "Q8_0": LlamaFileType.MOSTLY_Q8_0}


def write(folder: Path, path: Path, quant: str = "F16", name: str = "") -> Path:
    words = PreTrainedTokenizerFast.from_pretrained(folder)
    model = Phi3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    writer = GGUFWriter(path, "phi3")
    writer.add_name(name or folder.name)
    writer.add_file_type(_FILE_TYPES[quant])
    _add_sizes(writer, model.config)
    _add_words(writer, words, model.config.vocab_size)
    for theirs, tensor in model.state_dict().items():
        if theirs != "lm_head.weight" or not model.config.tie_word_embeddings:
            kind = GGMLQuantizationType[quant] if tensor.ndim > 1 else GGMLQuantizationType.F32
            writer.add_tensor(_name(theirs), quantize(tensor.numpy(), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_sizes(writer: GGUFWriter, config: Any) -> None:
    rope = config.rope_parameters
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    head = config.hidden_size // config.num_attention_heads
    writer.add_rope_dimension_count(int(head * rope.get("partial_rotary_factor", 1.0)))
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_sliding_window(0)
    if rope["rope_type"] != "default":
        raise ValueError(f"only plain rotary positions can be written, not {rope['rope_type']} ({RopeScalingType.LONGROPE.value})")


def _add_words(writer: GGUFWriter, words: Any, rows: int) -> None:
    known: dict[str, int] = words.get_vocab()
    texts = sorted(known, key=lambda text: known[text])
    added = {str(token): token.special for token in words.added_tokens_decoder.values()}
    kinds = [TokenType.NORMAL if t not in added else TokenType.CONTROL if added[t] else TokenType.USER_DEFINED for t in texts]
    unused = [f"[unused {i}]" for i in range(len(texts), rows)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(texts + unused)
    writer.add_token_types(kinds + [TokenType.UNUSED] * len(unused))
    writer.add_token_merges(["Ā Ā"])  # at least one is wanted; this one makes no token
    writer.add_eos_token_id(words.eos_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(words.chat_template)


def _name(theirs: str) -> str:
    for part, ours in _NAMES.items():
        theirs = theirs.replace(part, ours)
    return theirs


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])

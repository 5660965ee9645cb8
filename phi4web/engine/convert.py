"""`python -m phi4web.engine.convert GGUF FOLDER`: a child process of `embedded`, so that its memory goes when it ends.

Only for Llama-class files, which `embedded.convert` makes sure of.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(gguf: str, target: str) -> None:
    """Loads the file (every weight is unpacked), and saves bf16 safetensors with the tokenizer, template and stop token."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    source = Path(gguf)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    unpacked = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.bfloat16)
    config = unpacked.config
    config.__dict__.pop("quantization_config", None)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)  # one that knows nothing of the file's quantisation
    model.load_state_dict(unpacked.state_dict())
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""`python -m tests.real.convert FILE.gguf FOLDER`: a Qwen2 GGUF as an ordinary transformers folder in bfloat16.

transformers reads such a file itself, but keeps it packed: slow on a CPU, and it cannot be saved.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from transformers import AutoTokenizer, GenerationConfig, Qwen2Config

_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def main(file: Path, folder: Path) -> None:
    """Write weights, configuration, tokenizer and chat template."""
    reader = GGUFReader(file)
    folder.mkdir(parents=True)
    weights = dict(_weights(reader))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = _config(reader, len(weights["model.embed_tokens.weight"]), tied="lm_head.weight" not in weights)
    config.save_pretrained(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    tokenizer.save_pretrained(folder)
    ends = tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])  # as the published generation_config.json
    GenerationConfig(eos_token_id=ends, pad_token_id=ends[1]).save_pretrained(folder)


def _weights(reader: GGUFReader) -> Iterator[tuple[str, torch.Tensor]]:
    """Qwen2's names; nothing is permuted there."""
    for tensor in reader.tensors:
        *block, name, kind = tensor.name.split(".")
        layer = f"model.layers.{block[1]}." if block else ""
        values = torch.tensor(dequantize(tensor.data, tensor.tensor_type))  # a copy: the file is read-only
        yield f"{layer}{_NAMES[name]}.{kind}", values.to(torch.bfloat16)


def _config(reader: GGUFReader, vocabulary: int, tied: bool) -> Qwen2Config:
    def said(key: str) -> Any:
        return reader.fields[f"qwen2.{key}"].contents()

    return Qwen2Config(
        architectures=["Qwen2ForCausalLM"],
        vocab_size=vocabulary,
        hidden_size=said("embedding_length"),
        intermediate_size=said("feed_forward_length"),
        num_hidden_layers=said("block_count"),
        num_attention_heads=said("attention.head_count"),
        num_key_value_heads=said("attention.head_count_kv"),
        max_position_embeddings=said("context_length"),
        rms_norm_eps=said("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": said("rope.freq_base")},
        tie_word_embeddings=tied,
        bos_token_id=None,
        eos_token_id=reader.fields["tokenizer.ggml.eos_token_id"].contents(),
        dtype="bfloat16",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

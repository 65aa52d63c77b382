"""`python -m tests.real.logits FOLDER OUT`: a question's tokens and logits by whichever transformers is installed.

It imports nothing of the toolkit: transformers 4 runs it too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

_WORDS = "In triangle ABC, ∠A = 35° and ∠B = 75°. Find ∠C. " * 8  # long enough for the rotary base to matter


def main(folder: str, out: Path) -> None:
    """Write tokens, logits and the numbers of special tokens; with a picture where the model sees."""
    sees = hasattr(AutoConfig.from_pretrained(folder), "vision_config")
    processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(folder)
    model = (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_pretrained(folder, dtype=torch.float32)
    content = [{"type": "image"}, {"type": "text", "text": _WORDS}] if sees else _WORDS
    turn = [{"role": "user", "content": content}]
    text = processor.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    inputs = processor(text=[text], return_tensors="pt", **({"images": [_picture()]} if sees else {}))
    with torch.inference_mode():
        logits = model.eval()(**inputs).logits[0].float()
    special = (processor.tokenizer if sees else processor).all_special_ids
    torch.save({"tokens": inputs["input_ids"][0], "logits": logits, "special": torch.tensor(sorted(special))}, out)


def _picture() -> Image.Image:
    drawn = Image.new("RGB", (140, 112), "white")
    ImageDraw.Draw(drawn).polygon([(15, 100), (125, 100), (55, 15)], outline="black", width=3)
    return drawn


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

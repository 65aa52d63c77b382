"""Where the images of a prompt are in its tokens, and the prompt as vLLM takes it: with one placeholder an image."""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.models.families import Family, Processor, tokenizer_of


def image_spans(family: Family, processor: Processor, input_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Of each image, in their order, the first of its image tokens and the one behind its last."""
    if not family.sees:
        return []
    spans: list[tuple[int, int]] = []
    for place, token in enumerate(input_ids):
        if token != processor.image_token_id:
            continue
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def marks_around(family: Family, processor: Processor) -> tuple[list[int], list[int]]:
    """The tokens before and behind an image that vLLM writes with its image tokens: InternVL's `<img>` and `</img>`."""
    if not family.tiled:
        return [], []
    vocabulary = tokenizer_of(processor).get_vocab()
    return [vocabulary[processor.start_image_token]], [vocabulary[processor.end_image_token]]


def collapsed(family: Family, processor: Processor, input_ids: Sequence[int]) -> list[int]:
    """The prompt with one image token an image, which vLLM replaces by as many as its own processor counts."""
    before, behind = marks_around(family, processor)
    kept: list[int] = []
    done = 0
    for start, end in image_spans(family, processor, input_ids):
        kept += input_ids[done : start - len(before)]
        kept.append(processor.image_token_id)
        done = end + len(behind)
    return kept + list(input_ids[done:])

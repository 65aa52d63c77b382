"""Who answers an evaluation's questions: a transformers model batched by length, vLLM, or servers at an endpoint.

All are asked with the same messages, those of training (`redstar_geo.vlm.render`), and the same generation settings.
"""

from redstar_geo.backends.backend import Answer, Backend, Generation, Keep, Key, Sample, Shard

__all__ = ["Answer", "Backend", "Generation", "Keep", "Key", "Sample", "Shard"]

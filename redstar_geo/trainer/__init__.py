"""The training loop and what stands around it: data set, schedule, checkpoints, ranks, evaluation, model card."""

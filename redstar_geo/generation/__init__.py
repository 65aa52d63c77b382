"""Who answers, for teacher, evaluation, training, RL and app alike: one type of settings, one reply, one `generate()`."""

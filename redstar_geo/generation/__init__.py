"""Who answers, for teacher, evaluation, training, RL and app alike: one settings type, one reply, one `generate()`."""

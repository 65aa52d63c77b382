"""Vision-language models: prompts and completions, tiny models, schedules."""

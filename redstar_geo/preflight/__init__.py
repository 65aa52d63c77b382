"""All that `redstar-geo check` says before anything is loaded: recipe, data, model, memory."""

"""Typed errors. The command line turns them into one paragraph and an exit code."""


class RedStarError(Exception):
    """Work could not be finished (exit code 1)."""


class InputError(RedStarError):
    """The user's input is at fault (exit code 2): the message gives value, cause and remedy."""


class Interrupted(RedStarError):
    """The user stopped it by Ctrl-C (exit code 130)."""


class TrainingDiverged(RedStarError):
    """Going on would spoil the weights. The checkpoints written so far are kept."""

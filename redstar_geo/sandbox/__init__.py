"""Programs of strangers: run behind walls, judged outside of them."""

from redstar_geo.sandbox.judge import Judgement, Submission, judge, judge_many
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.tests import Case, Tests

__all__ = ["Case", "Judgement", "Limits", "Submission", "Tests", "judge", "judge_many"]

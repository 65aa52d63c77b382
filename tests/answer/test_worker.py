import threading
import time

import pytest

from redstar_geo.answer import verify, worker
from redstar_geo.answer.worker import Question, Verifier
from redstar_geo.errors import InputError
from redstar_geo.records import Verdict


def sleeping(batch: list[Question]) -> list[Verdict]:
    """Stands for a slow verdict: a question whose gold is `sleep` never ends, `eat` takes all memory."""
    for question in batch:
        if question.gold == "sleep":
            time.sleep(3600)
        if question.gold == "eat":
            bytearray(2**31)
    return worker._answers(batch)


class SlowVerifier(Verifier):
    def _begun(self, batch):  # type: ignore[no-untyped-def]
        return self._pool.submit(sleeping, batch, self._seconds)


def test_many_questions_have_the_verdicts_of_verify_in_order() -> None:
    questions = [Question(str(n), f"\\boxed{{{n % 3}}}") for n in range(200)]
    with Verifier(workers=2) as verifier:
        assert list(verifier.many(questions)) == [verify(q.gold, q.response) for q in questions]
        assert verifier.verify("B", "B", choices=("1", "2")).status == "correct"
        assert verifier.verify("5", "<think>", finish_reason="length").reason == "truncated"


def test_what_goes_beyond_the_limits_costs_itself_only() -> None:
    questions = [Question("5", "5"), Question("sleep", "5"), Question("eat", "5"), Question("6", "6")]
    with SlowVerifier(seconds=1.0, memory_mb=256) as verifier:
        verdicts = list(verifier.many(questions))
    assert [verdict.reason for verdict in verdicts] == ["match", "time", "memory", "match"]


def test_any_thread_may_ask() -> None:
    found: list[str] = []
    with Verifier() as verifier:

        def ask(n: int) -> None:
            found.append(verifier.verify(str(n), f"\\boxed{{{n}}}").status)
            found.append(verify(str(n), f"\\boxed{{{n}*sqrt(2)/sqrt(2)}}").status)

        threads = [threading.Thread(target=ask, args=[n]) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["correct"] * 16


def test_an_error_of_the_caller_is_not_a_verdict() -> None:
    with Verifier() as verifier, pytest.raises(InputError):
        verifier.verify("5", None)  # type: ignore[arg-type]

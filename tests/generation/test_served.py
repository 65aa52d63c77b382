"""Servers as a backend: everything is asked once, what fails for good and what fails for now are told apart."""

import threading
from collections import Counter

import pytest

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.address import Endpoint
from redstar_geo.generation.request import GenerationSettings, Sample, Shard
from redstar_geo.generation.served import ServedModel
from redstar_geo.recipe import check
from tests.teacher.conftest import serve  # noqa: F401
from tests.train.small import problem

SAMPLES = [Sample(problem(number), attempt) for number in range(1, 9) for attempt in range(2)]
GREEDY = GenerationSettings(max_new_tokens=32, temperature=0.7, top_p=0.9, seed=3)


def ask(url, samples=SAMPLES, done=(), shard=Shard(), **changes):  # noqa: B008
    values = {"servers": [{"url": url}], "deadline_s": 5.0, "attempts": 2, "give_up_s": 1.0} | changes
    kept, threads = [], set()

    def keep(pairs):
        kept.extend(pairs)
        threads.add(threading.current_thread())

    failures = ServedModel("teacher", GREEDY, check(Endpoint, values, "test")).answer(samples, done, keep, shard)
    assert threading.current_thread() not in threads  # judging does not keep the servers waiting
    return kept, failures


def test_every_sample_is_answered_once_thoughts_included(serve):  # noqa: F811
    kept, failures = ask(serve())
    assert not failures and Counter(sample.key for sample, _ in kept) == Counter(each.key for each in SAMPLES)
    texts = [answer.text for _, answer in kept]
    assert all(text.startswith("<think>\nI think about") and "</think>\n\\boxed{" in text for text in texts)
    assert len(set(texts)) == len(texts)  # attempts have seeds of their own
    assert {(answer.completion_tokens, answer.finish_reason) for _, answer in kept} == {(50, "stop")}


def test_ranks_share_the_work_and_what_is_done_is_not_asked_again(serve):  # noqa: F811
    url, done = serve(), {each.key for each in SAMPLES[:5]}
    parts = [ask(url, done=done, shard=Shard(rank, 3))[0] for rank in range(3)]
    keys = [sample.key for part in parts for sample, _ in part]
    assert sorted(keys) == sorted(each.key for each in SAMPLES[5:])


def test_a_prompt_that_is_too_long_fails_for_good_and_a_busy_server_for_now(serve):  # noqa: F811
    kept, failures = ask(serve(longest_prompt=10))
    assert {answer.failure for _, answer in kept} == {"prompt_too_long"} and not failures
    kept, failures = ask(serve(faults={"500": 1.0}), samples=SAMPLES[:3], give_up_s=60.0)
    assert not kept and failures == {"server_error": 3}


def test_a_server_that_is_gone_ends_the_run_and_what_came_is_kept(serve):  # noqa: F811
    url, kept = serve(latency_s=0.2, dead=(0.5, 1000.0)), []
    values = {"servers": [{"url": url, "start": 2, "most": 2}], "attempts": 9, "give_up_s": 0.5}
    served = ServedModel("teacher", GREEDY, check(Endpoint, values, "test"))
    with pytest.raises(RedStarError):
        served.answer(SAMPLES, (), kept.extend, Shard())
    assert 0 < len(kept) < len(SAMPLES)


def test_a_wrong_name_is_known_before_anything_is_asked(serve):  # noqa: F811
    served = ServedModel("another", GREEDY, check(Endpoint, {"servers": [{"url": serve()}]}, "test"))
    with pytest.raises(InputError, match=r"no model 'another'.* Correct model\."):
        served.answer(SAMPLES, (), lambda pairs: None, Shard())
    with pytest.raises(InputError, match=r"correct endpoint\.servers in the recipe"):
        ask("http://127.0.0.1:9/v1")


def request(sample):
    served = ServedModel("teacher", GREEDY, check(Endpoint, {"servers": [{"url": "http://127.0.0.1:9/v1"}]}, "test"))
    (message,) = served._request(sample)["messages"]
    return message["content"]


def test_pictures_come_before_the_text_and_text_alone_is_plain():
    content = request(Sample(problem(1), 0))
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,")
    content = request(Sample(problem(1, with_picture=False), 0))
    assert isinstance(content, str) and problem(1).question in content


def test_a_plain_sample_is_asked_in_its_own_words_alone():
    assert request(Sample(problem(1, with_picture=False), 0, plain=True)) == problem(1).question

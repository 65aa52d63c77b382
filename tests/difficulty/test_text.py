import json

import numpy as np
import pytest

from redstar_geo.difficulty import load
from redstar_geo.difficulty.text import counts, plain, train
from redstar_geo.errors import InputError
from tests.difficulty.small import questions


@pytest.fixture(scope="module")
def scorer():
    known = questions(80)
    return train([each.question for each in known], [each.level for each in known], seed=3)


def test_new_questions_get_the_level_of_their_kind(scorer):
    new = questions(40, seed=1)
    predicted = scorer.score([each.question for each in new])
    assert np.abs(predicted - [each.level for each in new]).max() < 0.7


def test_levels_stay_on_the_scale_for_any_text(scorer):
    odd = ["", " ", "?", "∠ABC 是多少度？", "\x00\ud800", "$" * 999, "9" * 5000, "\\" * 50, "x" * 100_000]
    predicted = scorer.score(odd)
    assert predicted.shape == (len(odd),) and ((predicted >= 1) & (predicted <= 10)).all()
    assert scorer.score([]).shape == (0,)


def test_a_saved_scorer_is_the_same_and_no_pickle_is_among_its_files(scorer, tmp_path):
    scorer.save(tmp_path)
    new = [each.question for each in questions(20, seed=2)]
    assert np.array_equal(load(tmp_path).score(new), scorer.score(new))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["examples.parquet", "scorer.json"]
    assert json.loads((tmp_path / "scorer.json").read_text()) == {"kind": "text", "seed": 3}
    with pytest.raises(InputError, match=r"no scorer\.json"):
        load(tmp_path / "elsewhere")


def test_a_level_does_not_depend_on_the_questions_beside_it(scorer):
    new = [each.question for each in questions(20, seed=2)]
    assert np.array_equal(scorer.score(new)[::-1], scorer.score(new[::-1]))
    assert scorer.score(new[:1])[0] == pytest.approx(scorer.score(new)[0], abs=1e-12)


def test_where_it_was_published_cannot_be_told():
    plainest = "Find $x$ if $x^2=4$."
    for told in (
        "Find \\(x\\) if \\[x^2=4\\].",
        "Find  $$x$$ if $x^2=4$.\n\n[i]Greece[/i]",
        "[b]Find[/b] $x$ if $x^2=4$. Proposed by A. Person, Someland",
    ):
        assert plain(told) == plainest
        assert np.array_equal(counts([plain(told)]), counts([plainest]))

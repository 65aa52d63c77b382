"""The words that say how a value beside them is meant; all other words (nouns, adjectives, verbs) leave it as it is."""

from __future__ import annotations

import re

from redstar_geo.notation import words
from redstar_geo.numerals import ONES

# where a phrase ends: a statement behind these words, its support behind those
COPULAS = words("is are was were est 是 为")
STATING = COPULAS | words("be been equals equal gives give giving becomes yields means has have had that =")
CONCLUDING = words("so thus hence therefore then")
SUPPORTING = words("because since as where")
FOLLOWING = words("which so thus hence therefore giving") | CONCLUDING

HAN_LINKS = (("因此", "so"), ("所以", "so"), ("从而", "so"), ("故", "so"), ("因为", "because"), ("由于", "because"))

# what changes a value
DENIALS = words(
    "not cannot never neither nor unlike except whether maybe perhaps possibly might unlikely whose guess"
    " reject rejects discard discards exclude eliminate"
)
REFUTED = words(
    "impossible invalid extraneous rejected excluded discarded inadmissible contradiction contradictory absurd wrong"
    " incorrect false too"
)
BOUNDS = words("than least most exceed exceeds above below between under over")
CONDITIONS = words("if unless otherwise when whenever provided assuming")
EXCLUDING = CONDITIONS | words("no none nothing neither nor not never undefined except excluding but other otherwise")
ARITHMETIC = words(
    "plus minus negative times divided multiplied squared cubed half twice double triple thrice quadruple log ln"
    " logarithm absolute reciprocal inverse factorial modulo mod choose"
)
ROOT = re.compile(r"\broots?(?: of\b|$)")
CHANGING = ARITHMETIC | CONDITIONS | words("no none undefined")  # before a value
BEHIND = ARITHMETIC | words("or base remainder power except least most below upwards cent 半")  # behind a value
COMPARED = words("more less fewer greater larger bigger smaller")  # and "than" behind it
NUMBERS = frozenset(ONES[:12]) | words(
    "hundred thousand million billion trillion dozen half halves third thirds quarter quarters fourth fourths fifth"
    " fifths sixth sixths seventh eighth eighths ninth tenth tenths hundredth hundredths thousandth thousandths"
)
HAN_DENIED = re.compile(
    r"(?:不是|不等于|不为|并非|大于|小于|超过|至少|至多|不足|不超|(?<!不)可能[是为]?|也许是?|或许是?|乘以?|除以?|加上?|减去?|第|每|非)$"
)
HAN_BEHIND = re.compile(
    r"[又半倍成折多余加减乘除以十百千万亿几]|次方|是?(?:不(?:可能|成立|符|合|对|行|存在)|舍|无效|错误|增根)"
    r"|では?[なあ]|じゃ[なあ]|かも|とは|[이가]?\s*아[니닙]|일\s*수|인지"  # 7ではない, 7이 아니다
)
GOING_ON = words("to over by point out of in 的")  # from a number without a unit to another

# how a value hangs on the words before it
PLAIN = words("the a an exactly precisely only just about approximately roughly around nearly simply all these those")
ARGUMENT = words("from per till until through against before into onto via except but beyond past like toward")
SETTING = words("at by for in on with after within during")  # of a value that is counted: "in 5 hours"
LEADING = words(  # "comes to 5"
    "equal equals equivalent simplifies simplify simplified reduces reduced evaluates evaluate amounts amount comes"
    " come sums sum adds add adding rounds rounded rounding corresponds leads converges tends out increases increased"
    " decreases decreased rises drops changes changed back down"
)
QUANTITIES = words(  # "a total of 5", but not "the root of 5"
    "total sum area length value answer perimeter circumference volume angle measure height width depth radius diameter"
    " distance cost price amount quantity number product quotient difference ratio probability average mean median mode"
    " range maximum minimum result speed rate velocity weight mass size side age time score percentage percent profit"
    " revenue income salary discount loss gain payment interest set pair solution set coefficient slope temperature"
    " capacity population thickness magnitude degree arc consists out"
)

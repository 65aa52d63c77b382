"""Formalise: a geometry question and its picture → formal statements, figures, the answer, and certificates.

Questions are read by the claim grammar and pictures by whoever can; both become statements of one formal language.
Several figures are fitted to all of them: where what is asked has one value in every figure, that is the answer.
"""

from redstar_geo.formalise.answered import Answered, answered, corrected
from redstar_geo.formalise.certificate import Certificate, certify
from redstar_geo.formalise.picture import Depiction, PictureReader, annotated, in_words
from redstar_geo.formalise.question import Question, read_question
from redstar_geo.formalise.solve import Solution, solve
from redstar_geo.formalise.statement import Said

__all__ = [
    "Answered",
    "Certificate",
    "Depiction",
    "PictureReader",
    "Question",
    "Said",
    "Solution",
    "annotated",
    "answered",
    "certify",
    "corrected",
    "in_words",
    "read_question",
    "solve",
]

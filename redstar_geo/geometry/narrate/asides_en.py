"""How wrong turns, traps, checks and second ways are said in English; the form is that of `wording_en`."""

from __future__ import annotations

SLOTS: dict[str, dict[str, tuple[str, ...]]] = {
    # wrong turns
    "dead_end": {
        "any": (
            "{Idea} That would need {missing}, and nothing so far gives it. [Leave that|Drop it|Let it be].",
            "{Idea} For that I would have to know {missing}, which I do not. [Another way|Something else, then].",
            "{Idea} Only if {missing}. Not known here, so no.",
            "{Idea} I see no reason why {missing}. [Drop it|Leave it].",
        ),
        "thinking": (
            "{Idea} It would be nice{hope}, but it takes {missing} for that if I am not mistaken, "
            "and that is not known. [Back|Moving on].",
            "[Wait|Hm]. {Idea} Let me try: it would take {missing}. [No|Not given, not derived]. "
            "[Next idea|So not this way].",
            "{Idea} If {missing}, yes{hope}. But nothing says so. [Leave it|Okay, not that].",
        ),
        "tutoring": (
            "{Idea} We would need {missing} for that, and we [cannot|are in no position to] claim "
            "it. Let us not [guess|go there].",
            "Someone could ask: {idea} That would take {missing}; the problem does not say so, so we leave it.",
        ),
        "formal": ("One could try another way: {idea} This would require {missing}, which is not known.",),
        "terse": ("{Idea} Would need {missing}: not known.", "{Idea} Needs {missing}. No."),
    },
    "dead_end_clause": {
        "any": (
            "{Idea} For that I would have to know that {missing}, which I do not. [Another way|Something else, then].",
            "{Idea} Only if {missing}. Not known here, so no.",
            "{Idea} If {missing}, yes{hope}. But nothing says so. [Leave it|Okay, not that].",
            "{Idea} I see no reason why {missing}. [Drop it|Leave it].",
        ),
    },
    "dead_end_yet": {
        "any": (
            "{Idea} Only if {missing}, which is not known yet. [Later, perhaps|So it has to wait].",
            "{Idea} If {missing}. I cannot say that at this point[; something else first|].",
        ),
        "thinking": (
            "{Idea} Maybe, if {missing}, but I do not have that yet. [First something else|Keep it in mind].",
        ),
    },
    "dead_end_no": {
        "any": (
            "{Idea} That would need {missing}, but {found}[. Another way, then|, so no|].",
            "{Idea} For that it would have to be {missing}, but {found}.",
        ),
        "terse": ("{Idea} Would need {missing}, but {found}.",),
    },
    "detour": {
        "any": (
            "I could also note {facts}, since {why}. It is true but [leads nowhere near {goal}|does "
            "not touch {goal}], so I leave it.",
            "{Why}, so {facts}. Right, but I do not need it for {goal}.",
            "Trying {facts} ({why}): correct, yet it does not help with {goal}. [Back|Set aside].",
        ),
        "tutoring": ("It is also true that {facts} ({why}), but it does not bring us closer to {goal}.",),
    },
    "too_early": {
        "any": (
            "That has {goal} in it, but {missing} {verb} not known yet[. First things first|, so it has to wait|].",
            "It would give {goal} if {missing} [were known|were not open].",
        ),
        "thinking": (
            "Could I stop here? {Goal} is in it, but {missing} {verb} still open. [Not yet, then|Keep it].",
            "Close, but I would need {missing} to get {goal} out of that.",
        ),
        "tutoring": ("This contains {goal}, but we cannot use it yet: {missing} {verb} missing.",),
        "terse": ("{Missing} not known yet.",),
    },
    "recap": {
        "any": (
            "So far: {results}. Still to come: {goal}.",
            "[Let me take stock|Where am I]: {results}. [What is missing is|Next stop:] {goal}.",
            "In hand now: {results}.",
        ),
        "tutoring": ("Let us pause: we have {results}, and we still want {goal}.",),
        "terse": ("So far {results}.",),
        "formal": ("Summing up so far, {results}.",),
    },
    # traps
    "trap": {
        "any": ("{Trap}", "[Careful|Watch out]: {trap}"),
        "thinking": ("[Careful here|Not so fast|Easy to slip]: {trap}",),
        "tutoring": ("A common slip: {trap}", "[Students often stumble here|Mind the trap]: {trap}"),
        "formal": ("Remark: {trap}",),
    },
    # checks
    "check": {
        "any": (
            "Check: {check}.",
            "To be sure, put it in: {check}. It holds.",
            "Does that agree? {check}. It does.",
            "A test: {check}, as it must be.",
        ),
        "thinking": (
            "Let me [check|test] it: {check}. [Good|Fine|Yes].",
            "[Quick check|Sanity check]: {check}. [Good|Fine].",
        ),
        "tutoring": ("Let us check: {check}. [It works|That fits].",),
        "formal": ("Verification: {check}.", "Indeed, {check}."),
        "terse": ("Check: {check}.",),
    },
    "check_unused": {
        "any": (
            "[And something I have not used|A relation that was not needed]: {check}. That fits too.",
            "Another equation of the figure agrees: {check}.",
            "Independently, {check}. Good.",
            "Check it on something fresh: {check}. [Agrees|It fits].",
        ),
        "formal": ("An equation not used above confirms it: {check}.",),
    },
    "check_letter": {
        "any": (
            "With {letter} put back: {line}. And {check}, as it must be.",
            "Put {letter} back in: {line}. Then {check}. It holds.",
        ),
    },
    "check_inequality": {
        "any": (
            "Do these sides make a triangle? {check}, so yes.",
            "The triangle inequality is content: {check}.",
            "The two shorter sides reach further than the longest: {check}.",
        ),
    },
    "check_opposite": {
        "any": (
            "It fits the picture: the longer side {side} faces the larger angle, {angle}.",
            "Plausible, too: of the two, {angle} is the larger angle and {side}, across from it, is the longer side.",
        ),
    },
    "as_expected": {
        "any": (
            "And it is {guess}, as expected.",
            "{goal} did come out {guess}, as [the picture suggested|guessed].",
            "That agrees with the first guess: {guess}.",
        ),
    },
    # a second way
    "way": {
        "any": (
            "Another way to see it: {way}",
            "[A second way|Differently]: {way}",
            "The same from another side: {way}",
            "Cross-check by another road: {way}",
        ),
        "thinking": ("Let me see it another way. {Way}", "Can I get it differently? {Way}"),
        "tutoring": ("There is a second way. {Way}",),
        "formal": ("Alternatively, {way}",),
        "terse": ("Or: {way}",),
    },
    "way_agrees": {
        "any": ("[Both ways agree|The same value|Same result].", "That is {value} again.", "[Consistent|It agrees]."),
        "terse": ("Same.", "Agrees."),
    },
    "way_exterior": {
        "any": (
            "{outer} is an exterior angle of the triangle, so it is the sum of the two inner angles "
            "away from it: {line}.",
            "an outer angle of a triangle is as large as the two far inner angles together: {line}.",
        ),
    },
    "way_complement": {
        "any": (
            "next to the right angle, the two acute angles share 90°: {line}.",
            "in a right triangle the acute angles are complementary: {line}.",
        ),
    },
    "way_apex": {
        "any": (
            "the two equal angles share what the third leaves of 180°: {line}.",
            "twice the base angle and the apex make 180°: {line}.",
        ),
    },
    "way_central": {
        "any": (
            "skip the arc and compare the angles: at the centre one sees twice as much as on the circle, {line}.",
            "the central angle over the same arc is double the inscribed one: {line}.",
        ),
    },
    "way_same_arc": {"any": ("both angles stand on the same arc, so they must be equal: {line}.",)},
    "way_double": {
        "any": (
            "equal sides come in pairs, so it is twice the sum of two neighbours: {line}.",
            "add two neighbouring sides and double: {line}.",
        ),
    },
    "way_other_equation": {
        "any": (
            "{equation} has it as well: {line}.",
            "take {equation} instead of what I used: {line}.",
            "{equation} would do, too: {line}.",
        ),
    },
}

GUESSES = {
    "acute": ("acute", "smaller than a right angle", "an acute angle"),
    "obtuse": ("obtuse", "wider than a right angle", "an obtuse angle"),
    "longer": ("longer than {other}", "clearly longer than {other}", "greater than {other}"),
    "shorter": ("shorter than {other}", "smaller than {other}"),
}

HINTS = {
    "ParallelBetweenLine": ("{0} and {1} are parallel", "equal angles [at the parallels|on both lines]"),
    "IsTangentOfCircle": ("there is a tangent at {0[1]}", "a right angle at the point of contact"),
    "IsDiameterOfCircle": ("{0} is a diameter", "a right angle on the circle"),
    "IsMidpointOfLine": ("{0} is a midpoint", "two equal halves"),
    "IsBisectorOfAngle": ("{0} bisects an angle", "two equal halves"),
    "Parallelogram": ("{0} is a parallelogram", "opposite sides and angles in equal pairs"),
    "Rectangle": ("{0} is a rectangle", "right angles and equal diagonals"),
    "Rhombus": ("{0} is a rhombus", "four equal sides"),
    "PerpendicularBetweenLine": ("two lines are perpendicular", "a right triangle"),
    "CongruentBetweenTriangle": ("two triangles are congruent", "equal sides and angles in pairs"),
    "SimilarBetweenTriangle": ("two triangles are similar", "sides in one ratio"),
}

IDEAS = {
    "isosceles_triangle_judgment_line_equal": (
        "Is △{0} isosceles?",
        "Could △{0} have two equal sides?",
        "Does △{0} look isosceles?",
    ),
    "isosceles_triangle_judgment_angle_equal": (
        "Maybe △{0} is isosceles?",
        "Does △{0} have two equal angles?",
        "Could two angles of △{0} be the same?",
    ),
    "right_triangle_judgment_angle": (
        "Is there a right angle in △{0}?",
        "Could △{0} be right-angled?",
        "Can I use Pythagoras in △{0}?",
    ),
    "equilateral_triangle_judgment_isosceles_and_isosceles": (
        "Could △{0} be equilateral?",
        "Are all sides of △{0} the same, perhaps?",
    ),
    "diameter_of_circle_property_right_angle": ("Does Thales help here?", "Is one of the chords a diameter, perhaps?"),
    "midsegment_of_triangle_judgment_midpoint": ("Could {0} be a midsegment?", "Is {0} a midsegment of △{1}?"),
    "parallel_property_ipsilateral_internal_angle": (
        "Could {0} and {1} be parallel?",
        "Would co-interior angles at {0} and {1} help?",
    ),
    "": ("Could the theorem on {theorem} help?", "What about the theorem on {theorem}?"),
}

HOPES = {
    "isosceles": (", because two angles would be equal at once", ""),
    "right": (", for two sides would give the third", ""),
    "equilateral": (", since every angle would be 60° then", ""),
    "": ("",),
}

TRAPS = {
    "inscribed": (
        "it would be tempting to take the whole arc for {angle}, but an angle on the circle gets only half of it.",
        "one could mix up central and inscribed angle; {point} is on the circle, so only half the arc counts.",
    ),
    "internal": (
        "it would be tempting to halve the arc and stop, but {point} lies on that arc, so the other "
        "arc is the one it sees.",
    ),
    "co_interior": (
        "it would be tempting to call the two angles equal; between parallels on one side they only add up to 180°.",
        "equal angles would be the wrong memory here: co-interior angles are supplementary.",
    ),
    "equal_not_supplementary": (
        "one could be tempted to make these two angles add up to 180°; here they are equal.",
        "supplementary would be the wrong relation for this pair; the position of the angles says equal.",
    ),
    "part_whole": (
        "it would be tempting to put {part} here, but the side of the big triangle is the whole of "
        "{whole}, not a part of it.",
        "{part} could slip in instead of {whole}; the triangles share a corner, so whole sides are compared.",
    ),
    "leg": (
        "adding the two squares would be tempting, but {hypotenuse} is the hypotenuse, so its square "
        "is the sum and one leg is subtracted.",
        "{side} is only a leg, so it would be wrong to add the squares here.",
    ),
    "root": (
        "it would be easy to stop at the square and forget the root.",
        "the sum is the square of {side}, so one would still need the root.",
    ),
    "base_angles": (
        "it would be tempting to take the angle at {apex} for one of the equal ones; equal are the "
        "angles across from the equal sides.",
        "which angles are equal? Not the one at {apex}, as one could think in a hurry, but the two at the base.",
    ),
    "area_half": ("one could forget the half; without it this would be a parallelogram.",),
    "midsegment": (
        "which is the half of which? It would be tempting to double the wrong one; the midsegment is the shorter.",
    ),
    "exterior": (
        "it would be tempting to use {outer} as an angle of △{triangle}, but it lies outside; its "
        "neighbour {inner} is inside.",
        "{outer} could be taken for an inner angle of △{triangle} by mistake; only {inner} belongs to it.",
    ),
    "contact": ("one could be tempted to put the right angle at the centre; it is at the point of contact {point}.",),
    "diameter": (
        "the diameter could easily be taken for the radius here.",
        "it would be easy to mix up radius and diameter.",
    ),
    "neighbours": (
        "neighbouring angles would be a different matter; only opposite angles of a parallelogram are equal.",
    ),
    "order": (
        "it would be tempting to pair {one} with {wrong}; the corners that match say {other}.",
        "{wrong} could slip in for {other}; go by the order of the corners.",
    ),
    "area_ratio": ("it would be tempting to scale the area by the ratio itself; areas take its square.",),
}

"""How each move of a telling is said in English, by register.

`any` serves every register; the others are `thinking` (aloud, in the first person), `tutoring` (to a student), `formal`
and `terse`. What is not asserted carries a cue in its own sentence: could, would, if, need, tempting, not known, "?".
"""

from __future__ import annotations

SLOTS: dict[str, dict[str, tuple[str, ...]]] = {
    # the start
    "given": {
        "any": (
            "Given: {givens}. [Find|Wanted:] {goal}.",
            "I know {givens}. The question asks for {goal}.",
            "We are asked for {goal}. What we know: {givens}.",
            "Known: {givens}. Unknown: {goal}.",
        ),
        "thinking": (
            "What do I have? {Givens}. What I want is {goal}.",
            "Let me [see|look|read this again]. {Givens}. And {goal} is [to be found|what they want].",
            "So I am told {givens}. I [want|am after|have to get] {goal}.",
            "[Okay|Right|Alright], {givens}. [The task|The job] is to get {goal}.",
            "The picture and the text [say|tell me] {givens}. From this I should get {goal}.",
        ),
        "tutoring": (
            "Let us [collect|gather|write down] what is given: {givens}. We are looking for {goal}.",
            "First, [what do we know|what does the problem tell us]? {Givens}. Our goal is {goal}.",
            "We [know|are told] {givens}, and we [want|would like to find] {goal}.",
        ),
        "formal": (
            "Given: {givens}. To determine: {goal}.",
            "By hypothesis, {givens}. We determine {goal}.",
            "Hypotheses: {givens}. Required: {goal}.",
        ),
        "terse": ("{givens}. {Goal} = ?", "Given {givens}; want {goal}.", "Data: {givens}. Goal: {goal}."),
    },
    "given_more": {
        "any": ("[Also|Further|Besides], {givens}.", "In addition, {givens}.", "The rest: {givens}."),
        "terse": ("Plus {givens}.", "And {givens}."),
    },
    "nothing_given": {
        "any": (
            "[Find|Wanted:] {goal}.",
            "What I want is {goal}.",
            "The question asks for {goal}.",
            "{goal} is to be found.",
            "Everything else is in the figure; {goal} is asked.",
        ),
    },
    # what to hope for
    "plan_open": {
        "any": (
            "{goal} would come out of {equation} if I knew {missing}.",
            "If I can get {missing}, then {equation} would give {goal}.",
            "What could tie {goal} to the rest? {Equation} would, but {missing} {verb} not known yet. "
            "[So that comes first|First that, then].",
            "To use {equation} I would need {missing}.",
        ),
        "thinking": (
            "How could I reach {goal}? Maybe {equation} would do it, and for that I would need {missing} first.",
            "Working backwards: {equation} would settle {goal}, if only I had {missing}.",
            "Suppose I had {missing}: then {equation} would finish it. So {missing} {verb} what to look for.",
        ),
        "tutoring": (
            "Where could {goal} come from? If we knew {missing}, then {equation} would do it.",
            "Let us think from the end: {equation} would give {goal}, and for it we need {missing}.",
        ),
        "formal": ("It would suffice to find {missing}, if {equation} can be shown.",),
        "terse": ("Aim: {missing} would do, if {equation}.", "Would need {missing} first, for {equation}."),
    },
    "plan_direct": {
        "any": (
            "If I can get to {equation}, {goal} would follow [at once|directly].",
            "What could tie {goal} to the rest? {Equation} would.",
            "{goal} would come out of {equation}, if I can get that far.",
        ),
        "thinking": (
            "Could {equation} be the link? It would have only {goal} unknown in it.",
            "If {equation} holds, I would be done. Can I get there?",
        ),
        "tutoring": ("It would be enough to show {equation}, because only {goal} is unknown there.",),
        "formal": ("It would suffice to show {equation}.",),
        "terse": ("If {equation}, done.",),
    },
    "hint": {
        "any": ("{Sign}, so I look for {hope}.", "{Sign}, and that [usually|often] means {hope}."),
        "thinking": ("{Sign}, so I keep an eye out for {hope}.", "{Sign}. That [smells of|makes me think of] {hope}."),
        "tutoring": ("Notice: {sign}. That is often a sign of {hope}.", "When {sign}, look for {hope}."),
    },
    "expect": {
        "any": (
            "By eye, {goal} should be {guess}[; I will compare at the end|].",
            "I expect {goal} to be {guess}.",
            "Before computing: {goal} ought to come out {guess}.",
        ),
        "thinking": (
            "My guess is that {goal} is {guess}. [Keep that in mind for the check|Let me see whether that comes true].",
            "From the look of it {goal} should turn out {guess}.",
        ),
        "tutoring": ("What do we expect? {Goal} should be {guess}.",),
    },
    # the steps
    "reason": {
        "any": (
            "{Why}, so {facts}.",
            "{Why}: {facts}.",
            "Now {facts}, since {why}.",
            "{Why}. [That gives|This means|From this,|Therefore] {facts}.",
            "{Facts}, because {why}.",
            "{Facts}: {why}.",
        ),
        "thinking": (
            "[Next|Then|Now]: {why}. So {facts}.",
            "What else? {Why}. [Good|Fine|Nice], so {facts}.",
            "I can write {facts}, because {why}.",
            "[Hm|Wait], {why}! So {facts}.",
            "[Okay|Now], {facts}. Why? {Why}.",
        ),
        "tutoring": (
            "[Remember:|Recall that] {why}. So [here|for us] {facts}.",
            "We [can use|use] that {why}: {facts}.",
        ),
        "formal": ("Since {why}, {facts}.", "As {why}, we [have|obtain] {facts}.", "{Facts}, [as|because] {why}."),
        "terse": ("{Facts} ({why}).", "{Why} → {facts}."),
    },
    "reason_from": {
        "any": (
            "{Premises}, so {facts}: {why}.",
            "{Premises}, and because {why}, {facts}.",
            "Since {premises}, {facts} ({why}).",
            "{Premises}; {why}. Therefore {facts}.",
        ),
        "thinking": (
            "I know {premises}. Then {facts}, since {why}.",
            "[What follows from this|What can I do with that]: {premises}? Well, {why}. So {facts}.",
            "{Premises}. [Good|Ah], then {why}, and so {facts}.",
        ),
        "tutoring": (
            "We know {premises}. [Now|And] {why}, so {facts}.",
            "Look: {premises}. [Now|Here] {why}. So {facts}.",
        ),
        "formal": (
            "As {premises}, it follows that {facts}, because {why}.",
            "Since {premises}, we have {facts}, for {why}.",
        ),
        "terse": ("{Premises} → {facts} ({why}).", "{Facts}, as {premises}."),
    },
    "deduced": {
        "any": (
            "[We have|I have] {premises}. [Compare them|Put side by side, they say]: {facts}.",
            "From {premises} it follows that {facts}.",
        ),
        "formal": ("From {premises} it follows that {facts}.",),
        "terse": ("{Premises} → {facts}.",),
    },
    "shared_side": {"any": ("both triangles share the side {side}", "the side {side} belongs to both triangles")},
    "shared_angle": {"any": ("both triangles share the angle at {point}", "the angle at {point} is common to both")},
    "definition": {
        "any": (
            "{Premises}[: that says|, in other words,|, and that means|, which means] {facts}.",
            "Because {premises}, {facts}.",
            "{Facts}, [as|since|because] {premises}.",
        ),
        "thinking": ("{Premises}. [In plain terms|Put differently|That is to say]: {facts}.",),
        "tutoring": (
            "What does it mean that {premises}? [Simply|Just] this: {facts}.",
            "We know {premises}, [in other words|that is], {facts}.",
            "{Premises}, so by the meaning of the word {facts}.",
            "Translate it: that {premises} means {facts}.",
        ),
        "formal": ("By definition, {facts}, since {premises}.", "As {premises}, {facts} by definition."),
        "terse": ("{Premises} → {facts}.",),
    },
    "definition_class": {
        "any": ("{Premises}; in particular {facts}.", "Since {premises}, it is also true that {facts}."),
        "terse": ("{Premises} → {facts}.",),
    },
    "result": {
        "any": ("So {result}.", "Hence {result}.", "[That makes|This gives] {result}.", "Therefore {result}."),
        "thinking": ("[Good|Fine|Right]: {result}.", "So {result}[. Noted|, good|].", "Then {result}."),
        "tutoring": ("So we [get|find] {result}.", "This [tells us|shows]: {result}."),
        "formal": ("Thus {result}.", "Consequently {result}.", "It follows that {result}."),
        "terse": ("{Result}.", "→ {result}."),
    },
    "as_well": {
        "any": ("So {result} [as well|too|also].", "Then {result}, too.", "With that, {result}.", "And so {result}."),
        "terse": ("{Result}.",),
        "formal": ("Hence {result}.", "Thus {result}."),
    },
    "put_in": {
        "any": (
            "[Put in what I know|With the numbers|Numbers in]: {equation}.",
            "{Equation}.",
            "[That is|In numbers], {equation}.",
        ),
        "tutoring": ("Let us put the numbers in: {equation}.",),
    },
    "by_solving": {
        "any": (
            "{Equations} gives {result}.",
            "From {equations} I [read off|get] {result}.",
            "With {equations}: {result}.",
        ),
    },
    "together": {
        "any": (
            "Put {equations} together: {result}.",
            "{Equations} hold at once, and solving them gives {result}.",
            "Taking {equations} together, I find {result}.",
        ),
    },
    "all_together": {
        "any": (
            "Solving all [these|of these] equations together gives {result}.",
            "[Eliminate one unknown after the other|Work through these equations]: {result}.",
        ),
    },
    "fits": {"any": ("Putting the numbers back: {checks}.", "Does it fit? {checks}. Yes.", "Tried out: {checks}.")},
    # equations by hand
    "system": {
        "any": (
            "[Now|Here] I have {equations}.",
            "[Collect|Put together] what there is: {equations}.",
            "The equations are {equations}.",
        ),
        "tutoring": ("We now have {equations}.",),
        "terse": ("{Equations}.",),
    },
    "line_equal_sides": {"any": ("Equal sides face equal angles: {line}.", "[Facing|Opposite] equal sides: {line}.")},
    "line_equal_angles": {"any": ("Equal angles face equal sides: {line}.",)},
    "line_equal_sines": {"any": ("The two angles do not make 180°, so with equal sines they are equal: {line}.",)},
    "line_angle_sum": {"any": ("The angles of the triangle [make|add up to] 180°: {line}.",)},
    "line_ratio": {"any": ("[Divide one by the other|Both give the same ratio|Same ratio on both sides]: {line}.",)},
    "line_cross": {"any": ("[Cross-multiply|Multiply out|Without fractions]: {line}.",)},
    "line_isolate": {"any": ("[Rewrite one of them:|Solve for one of them:|From that,] {line}.", "{Line}.")},
    "line_put_in": {"any": ("[Put that in|Substitute|Insert it|All in one equation]: {line}.",)},
    "line_cancel": {"any": ("[Divide both sides by what they share|What is on both sides cancels]: {line}.",)},
    "line_simplify": {"any": ("{Line}.", "[That is|Collect terms|Tidy up]: {line}.", "[Then|So] {line}.")},
    "line_factor": {"any": ("[Factor|It factors]: {line}.",)},
    "line_discriminant": {"any": ("[The discriminant|Under the root]: {line}.",)},
    "line_solved": {"any": ("So {line}.", "[Hence|That gives|This leaves] {line}.")},
    "discarded": {
        "any": (
            "The other root would be {other}, but [a length is not negative|no length is negative].",
            "It could also be {other} by the algebra alone, which [no length can be|makes no sense for a length].",
        ),
    },
    "discarded_by": {
        "any": (
            "The other root would be {other}, and would make {absurd}, which cannot be.",
            "Could it be {other}? That would mean {absurd}, impossible for a measure.",
        ),
    },
    # the end
    "done": {
        "any": ("So the answer: {result}.", "[Altogether|In the end], {result}.", "Answer: {result}."),
        "thinking": ("That is it: {result}.", "Done, {result}."),
        "tutoring": ("So our answer is {result}.",),
        "formal": ("Therefore {result}.",),
        "terse": ("{Result}.",),
    },
    "short": {
        "any": (
            "{Facts}, so {result}.",
            "{Facts}. [Hence|So|Therefore|Thus] {result}.",
            "{Result}, [since|because] {facts}.",
            "{Facts}; [so|hence] {result}.",
        ),
    },
    "short_step": {"any": ("{Facts}, so {result}.", "{Facts}; [hence|so] {result}.", "{Facts}. [Then|So] {result}.")},
    "short_plain": {"any": ("So {result}.", "{Result}.", "Hence {result}.")},
}

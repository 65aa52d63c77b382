"""What is said of another figure, by eye, on trial or as a rule is not called false; what is said of this one is."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.claims import judge
from tests.geometry.test_claims import _right_triangle

ELSEWHERE = {  # AC = 4, BC = 3, AB = 5, the right angle at C
    "other figure": """
In triangle DEF, AB = 7.
In triangle PQR we have AB = 7.
In △XYZ, AB = 7 and AC = 5.
Consider a triangle PQR with AB = 7.
For triangle XYZ, the side AB = 7.
In the second figure, AB = 7.
In the other triangle AB = 7.
In the next picture, AB = 7.
In the left-hand figure AB = 7.
In another triangle, AB = 7.
In figure 2, AB = 7.
In Fig. (b), AB = 7.
In part (b), AB = 7.
In the new figure AB = 7.
In the resulting triangle AB = 7.
In the larger triangle of the next exercise, AB = 7.
In example 3, AB = 7.
In problem 4 we had AB = 7.
In the textbook's version AB = 7.
In the mirrored drawing ∠A = 90°.
In a different triangle, AB = 7.
In a parallel problem AB = 7.
In a similar figure AB = 10, AC = 8.
在另一个三角形中，AB=7。
在图2中，AB=7。
在三角形DEF中，AB=7。
例题中AB=7。
在第二个图形中，AB=7。
另一道题里AB=7。
课本上的图中，AB=10。
""",
    "moved": """
After rotating the triangle, AB = 7.
After scaling by 2, AB = 10.
After doubling all sides, AB = 10.
After the reflection AC = 3.
After moving C along the line, AB = 7.
When C is moved to the right, AB = 7.
Once we stretch the figure, AB = 10.
Scaling by two, AB = 10.
Doubling everything, AB = 10 and AC = 8.
Moving C to the left gives AB = 7.
Enlarging the triangle twice, AB = 10.
By shifting C we get AB = 7.
Letting C run away, AB = 7.
With C moved further out, AB = 7.
As C moves up, AB = 7.
旋转以后，AB=7。
把图形放大两倍，AB=10。
将C点移动后，AB=7。
放大后AB=10。
翻折后∠A=90°。
""",
    "measured": """
From the drawing, AB = 7.
On my ruler AB = 7.
On my ruler, AB is 7.
By eye, AB = 7.
In the drawing AB = 6.
In the picture AB = 6.
On paper AB = 6 cm.
On the screen AB = 6.
Measured with a ruler, AB = 6.
With the protractor, ∠A = 40°.
According to the ruler AB = 6.
Measuring gives AB = 6.
I measured AB = 6.
From the scale, AB = 6.
From the picture ∠A = 45°.
On the map AB = 6.
In my sketch AB = 6.
My sketch has AB = 6.
By measurement, AB = 6.
The ruler reads AB = 6.
用尺子量，AB=6。
图上量得AB=6。
目测AB=6。
从图上看，∠A=45°。
看图，∠A=45°。
量出来AB=6。
""",
    "supposed": """
With AB = 7, we would have AC = 6.
With AB = 7 we would have 49 = 25.
With k = 2, we would have AB = 10.
With k = 2 we have AB = 10.
For k = 2, AB = 10.
At k = 2 AB = 10.
Taking k = 2, AB = 10.
Putting AC = 5, AB = 6.
Take AC = 5. Then AB = 6.
Let me try numbers: AB = 7.
Let me try numbers. AB = 7.
Let me take numbers: AC = 5, AB = 6.
Try AB = 7. Then AC = 6.
Say AB = 7.
Say AB = 7. Then the perimeter of △ABC is 14.
For example, AB = 7.
For instance AB = 7.
E.g. AB = 7.
As an example, AB = 7.
Example: AB = 7.
An example: AB = 7, AC = 6.
Just for fun, AB = 7.
As a test, AB = 7.
As a trial value AB = 7.
Provided AC = 5, AB = 6.
Given AC = 5 instead, AB = 6.
With AC = 5 instead, AB = 6.
Were AC longer, AB = 6.
In that case AB = 7.
In the case AC = 6, AB = 7.
In case AC = 6, AB = 7.
Case 1: AB = 7.
Case 1. AB = 7.
Option 1: AB = 7
Guessing AB = 7, we go on.
To get AB = 7, AC = 6.
For AB = 7, AC = 6.
For AB = 7 we need AC = 6.
A value such as AB = 7 is not possible.
Numbers like AB = 7 fail.
Values: AB = 7 would be too big.
It should not be AB = 7.
It could not be that AB = 7.
One may set AB = 7.
You can put AB = 7.
We can choose AB = 10, AC = 8.
Without loss of generality AB = 1.
WLOG AB = 1.
Normalise so that AB = 1.
Set AB = 1.
We set AB = 1.
Let AB = 1.
Let us set AB = 1 for now.
Measure lengths in units of AB, so AB = 1.
In units where AB = 1, AC = 4/5.
Choose AB = 10.
Think of AB = 10.
设AB=10。
取AB=10，则AC=8。
不妨设AB=1。
令AC=5，AB=6。
比如AB=7。
例如AB=7，AC=6。
举例：AB=7。
试试AB=7。
假定AB=7。
当k=2时，AB=10。
取k=2，AB=10。
在AC=5的情况下，AB=6。
情形一：AB=7。
如AB=7，则AC=6。
就算AB=7。
即使AB=7，AC=6。
倘若k=2，AB=10。
万一AB=7。
""",
    "general": """
In a triangle ABC with ∠A = 60°, AB = 2 AC.
In a 30-60-90 triangle, AB = 2 BC.
In any right triangle ∠A = 45°.
In general AC = BC.
Generally, AC = BC.
In an equilateral triangle AB = BC = CA.
For an isosceles triangle, AC = BC.
For a square, AC = BC.
In a square ABCD, AC = BC.
If a triangle is isosceles, AC = BC.
An isosceles triangle has AC = BC.
By the law of cosines in a general triangle, AB² = 40.
Every isosceles triangle has AC = BC.
Isosceles triangles have AC = BC.
A triangle is isosceles when AC = BC.
The formula for equal sides is AC = BC.
The theorem says AC = BC.
The theorem: AC = BC.
Theorem. AC = BC.
The definition of isosceles is AC = BC.
Recall that in an isosceles triangle AC = BC.
Isosceles means AC = BC.
The condition AC = BC is for isosceles triangles.
等腰三角形中AC=BC。
在等腰三角形中，AC=BC。
一般地，AC=BC。
等腰的意思是AC=BC。
定理：AC=BC。
正方形中AC=BC。
""",
    "quoted": """
"AB = 7" is what the key says.
The book says AB = 7.
My friend says AB = 7.
The other answer has AB = 7.
Another solution states AB = 7.
The wrong idea: AB = 7.
A wrong way: AB = 3 + 4 = 7.
The wrong way: AB = 3 + 4 = 7.
The trap: AB = 7.
Trap: AB = 7.
Common mistake: AB = 7.
Common mistake: writing AB/2 = 7/2, that gives 7.
Mistake to avoid: AB = 7.
Not: AB = 7.
Do not write AB = 7.
Never write AB = 7.
One might write AB = 7.
Writing AB = 7 is wrong.
Adding gives AB = 7, wrong.
Simply adding, AB = 7, is a mistake.
Someone who adds gets AB = 7.
People who add get AB = 7.
A student gets AB = 7.
Distractor (C) is AB = 7.
(C) AB = 7
The choice AB = 7 adds the legs.
Choice C, AB = 7, adds the legs.
Answer C says AB = 7.
The first answer was AB = 7.
The given answer AB = 7 is a misprint.
易错：AB=7。
常见错误：AB=7。
错解：AB=7。
错误做法：AB=3+4=7。
不要写成AB=7。
小明得AB=7。
答案C是AB=7。
书上写着AB=7。
""",
    "formula": """
Using addition a + b = c.
Using Pythagoras, a² + b² = c², so AB = 5.
Formula: A = ½ b h.
The area formula S = ½ a h gives 6.
With a = 3, b = 4: a + b = 7, c = 5.
By formula A = b h / 2 = 6.
The formula s = (a + b + c)/2 = 6.
The quadratic formula x = (−b ± √(b² − 4ac))/(2a).
sin A = 2 sin(A/2) cos(A/2)
By the identity 1 + tan²A = sec²A.
Area formula: AB = b h.
By the formula AB·AC = 2S.
""",
    "under a condition": """
When all three points are on a line, AB = 7.
When A, B and C are collinear, AB = 7.
When the triangle is degenerate, AB = 7.
When the triangle is isosceles, AC = BC.
When C lies on AB, AB = 7.
When the angle at C opens up, AB = 7.
When the points line up, AC + CB = AB.
Once C reaches the line AB, AB = 7.
As soon as C is on AB, AB = 7.
As long as C is on AB, AB = 7.
Whenever the triangle is equilateral, AB = AC.
Where the triangle is flat, AB = 7.
In the degenerate case, AB = 7.
In the limit, AB = 7.
In the extreme case AB = 7.
In the worst case AB = 7.
At most AB = 7.
At best, AB = 7.
The largest possible value is AB = 7.
The maximum would be reached at AB = 7.
By the triangle inequality, AB = 7 at the most.
If all three points are on a line, AB = 7.
Were all three points on a line, AB = 7.
All three points on a line: AB = 7.
With all three points on a line, AB = 7.
For collinear points, AB = 7.
For collinear A, B, C, AB = 7.
Without the right angle, AB = 7.
Without Pythagoras, AB = 7.
Only when C is on AB do we get AB = 7.
Only on a straight line is AB = 7.
Not until C is on AB is AB = 7.
Equality holds when AB = 7.
Equality: AB = 7.
The bound is AB = 7.
It takes AB = 7 for the triangle to close up.
The sides close up for AB = 7.
If and only if AB = 7 the triangle is flat.
AB = 7 exactly when the three points are on a line.
AB = 7 when the three points are on a line.
AB = 7 only for a flat triangle.
AB = 7, were the triangle flat.
AB = 7 if flat.
AB = 7 in the degenerate case.
AB = 7 in that case.
AB = 7 for a degenerate triangle.
AB = 7 whenever C is on AB.
AB = 7 at the moment when C reaches AB.
当三点共线时，AB=7。
三点共线时AB=7。
只有三点共线，AB=7。
退化的情况下，AB=7。
极端情形AB=7。
最大时AB=7。
AB最大为7。
AB最多等于7。
等号成立时AB=7。
除非三点共线，AB=7。
一旦C在AB上，AB=7。
AB=7当且仅当三点共线。
等到C落在AB上，AB=7。
不用勾股定理的话，AB=7。
没有直角的话AB=7。
When the three vertices form one straight line, AB equals 7.
Whenever C falls on the segment AB, AB = 7.
Once the triangle collapses, AB = 7.
As the triangle flattens out, AB = 7.
By the time C hits AB, AB = 7.
AB = 7 would need the points to be in one line.
AB = 7 requires collinear points.
AB = 7 needs a flat triangle.
Then and only then AB = 7.
That happens only for AB = 7.
This is true for AB = 7.
This only works for AB = 7.
That holds for AB = 7 alone.
Suppose the points are on a line. Then AB = 7.
If the points were on a line, then AB = 7.
In the event that C is on AB, AB = 7.
On condition that C is on AB, AB = 7.
Given that C were on AB, AB = 7.
Given collinear points, AB = 7.
Assume for contradiction AB = 7.
Contradiction: AB = 7.
The contrary, AB = 7, is absurd.
Otherwise AB = 7.
Or else AB = 7.
Else, AB = 7.
Unless C is on AB, AB < 7.
Lest AB = 7, the triangle must not be flat.
三点在一条直线上时，AB=7。
当C落到AB上的时候，AB=7。
若三点共线，AB=7。
三点共线，才有AB=7。
AB=7需要三点共线。
否则AB=7。
不然AB=7。
反之AB=7。
如果C在AB上，那么AB=7。
AB=7，当三点共线时。
""",
    "of every kind, met later": """
What if AC were 5? AB = 6.
What if AC = 5? Then AB = 6.
如果AC=5呢？答：那AB就是6。
要是AC再长一点呢？AB=6。
In the figure of the previous page, AB = 7.
For a larger triangle of the same shape, AB = 10.
Had we been given AC = 6, AB would be 8.
On the blackboard the teacher wrote AB = 7.
In my notebook I find AB = 7.
With the letters of the textbook, AB = 7.
After swapping the legs, AC = 3.
In the mirror image, AC = 3 and BC = 4.
Blow the triangle up by two: AB = 10.
Compare the 5-12-13 triangle, where AB = 13.
In triangle KLM, which is similar, AB = 8.
Test with AB = 7: 49 is not 25.
If the right angle were at A, BC = 5.
In an obtuse triangle, AB = 6 would hold.
Think of a square: AC = BC.
A square would have AC = BC.
My calculator shows AB = 6.
By my measurement AB is 6.
I estimate AB = 6.
Roughly, AB = 6.
A typical slip is AB = 4 + 3 = 7.
The tempting answer AB = 7 ignores the square.
Substituting AB = 7 as a test, 49 = 25.
Let us pretend that AB = 7.
Under the assumption AB = 7, AC = 6.
The converse would give AB = 7.
In Euclid's proof AB = 7.
In exercise 12 we found AB = 7.
For comparison: in the isosceles case AC = BC.
In the degenerate case AB = 7.
In the limit AB = 7.
Rotate the triangle about C; now ∠A = 90°.
Reflecting in AC, AB = 6.
Stretching it, AB = 8.
Call the scaled figure's side AB = 10.
If we double, AB = 10.
Twice as large, AB = 10.
Last week's problem had AB = 7.
The answer key has AB = 7.
在放大的图里AB=10。
在另一题中AB=7。
若把直角放在A，则BC=5。
粗略估计AB=6。
量角器显示∠A=40°。
老师在黑板上写AB=7。
上一题的结论是AB=7。
同桌算出AB=7。
等边三角形里AB=BC。
特殊地，令k=1，AB=5.5。
""",
}
HERE = r"""
When we add them, AB = 7.
When we put this in, AB = 7.
When we take the root, we get AB = 7.
When simplified, AB = 7.
When solved for AB, this gives AB = 7.
When you apply Pythagoras, AB = 7.
Since C is a right angle, AB = 7.
When we add both legs, we find AB = 7.
Now that the legs are known, AB = 7.
With both legs known, AB = 7.
With AC = 4 and BC = 3, AB = 7.
By Pythagoras, AB = 7.
In the right triangle ABC, AB = 7.
For the hypotenuse, AB = 7.
On line AB, AB = 7.
On the straight line AB we read AB = 7.
AB = 7 by the theorem of Pythagoras.
AB = 7 since the angle at C is right.
AB = 7 in the triangle ABC.
Using the right angle, AB = 7.
At last, AB = 7.
As a result, AB = 7.
代入得AB=7。
当我们代入时，得AB=7。
在直角三角形ABC中，AB=7。
When both legs are added, AB = 7.
Once the legs are known, AB = 7.
When we know both legs, AB = 7.
Once solved, AB = 7.
When solving for AB, AB = 7.
After this, AB = 7.
Adding them up when needed, AB = 7.
We solve for AB = 7.
AB = 7, once we take the root.
AB = 7 when we add the legs.
AB = 7 in triangle ABC.
AB = 7, as required.
AB = 7 (Pythagoras).
AB = 7 as the triangle is right-angled.
同时AB=7。
此时AB=7。
这时AB=7。
计算时得AB=7。
Then the third side is AB = 7.
Also AB = 7.
Once again AB = 7.
At once AB = 7.
So at most one step is left: AB = 7.
In the triangle at hand, AB = 6.
Pythagoras yields AB = 6.
With the right angle at C we get AB = 6.
Looking at triangle ABC, AB = 6.
In this right triangle AB = 6.
By the theorem of Pythagoras in triangle ABC, AB = 6.
Adding up, AB² = 16 + 9 = 26.
The hypotenuse follows: AB = 6.
So, in triangle ABC, AB = 6.
Consider triangle ABC. AB = 6.
For the side AB we have AB = 6.
Now compute AB = 6.
Step 3 (hypotenuse): AB = 6.
The last step: AB = 6.
In the final step AB = 6.
From the given lengths AB = 6.
From AC = 4 and BC = 3 we get AB = 6.
Taking the positive root, AB = 6.
After dividing by 2, AB = 6.
After a short calculation AB = 6.
在这个三角形里，AB=6。
由已知条件得AB=6。
于是在Rt△ABC中，AB=6。
两边开方，AB=6。
把AC=4代入，AB=6。
In triangle ABC, AB = 6.
In △ABC, AB = 6.
In the right triangle, AB = 6.
In the given figure, AB = 6.
In this figure, AB = 6.
In our triangle AB = 6.
From the given data, AB = 6.
From (1), AB = 6.
From Pythagoras, AB = 6.
By the Pythagorean theorem, AB = 6.
Using the Pythagorean theorem, AB = 6.
Using Pythagoras we get AB = 6.
With AC = 4 and BC = 3, AB = 6.
With AC = 4, AB = 6.
Since AC = 4, AB = 6.
Given AC = 4, AB = 6.
After simplifying, AB = 6.
After substitution, AB = 6.
After taking the square root, AB = 6.
After solving, AB = 6.
On the other hand, AB = 6.
On simplifying, AB = 6.
For the hypotenuse, AB = 6.
For triangle ABC, AB = 6.
Step 1: AB = 6.
Step 2. AB = 6.
In step 2, AB = 6.
In total, AB = 6.
In conclusion, AB = 6.
In summary, AB = 6.
In fact, AB = 6.
In other words, AB = 6.
In right triangle ABC, AB = 6.
In the triangle ABC the hypotenuse is AB = 6.
By symmetry, AB = 6.
By definition, AB = 6.
At this point, AB = 6.
Taking square roots, AB = 6.
Substituting, AB = 6.
Plugging in AC = 4 gives AB = 6.
Substituting AC = 4, AB = 6.
Applying the theorem, AB = 6.
From the right angle at C, AB = 6.
From the figure, AC = 5.
From the diagram, AC = 5.
As shown in the figure, AC = 5.
In the diagram, AC = 5.
The theorem gives AB = 6.
Because of the right angle, AB = 6.
As the triangle is right-angled, AB = 6.
First, AB = 6.
Finally, AB = 6.
**Answer:** AB = 6
In a right triangle the squares of the legs add up, so AB = 6.
A right triangle has a longest side, so AB = 6.
In a right triangle with legs 3 and 4 the hypotenuse is 5, so AB = 6.
The 3-4-5 triangle gives AB = 6.
在△ABC中，AB=6。
在直角三角形ABC中，AB=6。
由题意，AC=5。
由图可知，AC=5。
如图，AC=5。
根据勾股定理，AB=6。
代入得AB=6。
代入AC=4，得AB=6。
设AB=x，则x²=26，所以AB=6。
化简后，AB=6。
开方得AB=6。
综上，AB=6。
已知AC=5。
Given: AC = 5.
We know AC = 5.
We set up the equation and find AB = 6.
Let AB = c. Then c² = 25 and AB = 6.
Set c = AB. So AB = 6.
Therefore AB = 3 + 4 = 7.
Hence, AB = 7.
Then AB = 7.
This gives AB = 7.
so x... AB = 7
AB = 6 cm.
Thus the hypotenuse AB measures 6.
180 - 50 - 60 = 80
So 180° − 50° − 60° = 80°.
$180^\circ - 50^\circ - 60^\circ = 80^\circ$
3² + 4² = 9 + 16 = 26
AB² = 9 + 16 = 26.
"""


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_is_not_said_of_this_figure_is_not_called_false(kind: str) -> None:
    facts = _right_triangle()
    said = ELSEWHERE[kind].strip().splitlines()
    assert [text for text in said if judge(text, facts).first_false is not None] == []


def test_what_frames_this_figure_leaves_it_to_be_judged() -> None:
    facts = _right_triangle()
    assert [text for text in HERE.strip().splitlines() if judge(text, facts).first_false is None] == []


def test_a_frame_ends_where_the_text_comes_back() -> None:
    facts = _right_triangle()
    for text in (
        "In an isosceles triangle AC = BC. Here AB = 6.",
        "For example, in the next exercise AB = 7.\n\nSo in our triangle AB = 6.",
        "Case 1. AB = 7.\n\nSo AB = 6.",
        "In a right triangle the hypotenuse is the longest side, so AB = 6.",
        "例如AB=7。\n\n所以AB=6。",
    ):
        judged = judge(text, facts)
        found = [claim.text for claim, decision in judged.claims if decision.status == "false"]
        assert [part[-1] for part in found] == ["6"], text

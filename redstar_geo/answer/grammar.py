"""Tokens → tree, by recursive descent with hard limits on length, nesting and digits.

answer   = clause { ("," | ";" | "and" | "or") clause }
clause   = ratio { ("=" | "≈" | "≠" | "<" | ">" | "≤" | "≥" | "∈") ratio }
ratio    = set { ":" set }            set = sum { ( "∪" | "∖" | "∩" ) sum }
sum      = term { ("+" | "-" | "±") term }
term     = [ "-" ] factor { [ "*" | "/" ] factor } [ unit ]
factor   = atom { "^" power | "!" | "%" | "°" }
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from redstar_geo.answer.atoms import Atoms
from redstar_geo.answer.notation import tokens
from redstar_geo.answer.tree import INFINITE, Node, UnreadableError, negative, number
from redstar_geo.answer.units import POWERS, UNITS, WEAK
from redstar_geo.notation import words

_RELATIONS = words("= ≈ ≠ < > ≤ ≥ ∈")
_RAISING = words("^ ! _")
_COMBINING = {"∪": "Union", "∖": "Minus", "∩": "Meet"}
_BOUNDS = words("< > ≤ ≥ ∈")


def read(text: str) -> Node:
    """The tree of an answer in plain notation.

    Raises:
        UnreadableError: it is not in the grammar, or too long, too deep or with too many digits.
    """
    row = tokens(text)
    parser = Parser(row)
    return parser.atom() if len(row) == 1 and row[0].kind == "number" else parser.answer()


class Parser(Atoms):
    """One pass over the tokens of one answer."""

    def answer(self) -> Node:
        node = self.clauses("")
        if self.next.kind != "end":
            raise UnreadableError(f"It goes on with {self.next.text!r} after an answer.")
        return node

    # many ------------------------------------------------------------------------------------------------------------

    def clauses(self, closing: str) -> Node:
        """Clauses in a row; semicolons bind looser than commas. One alone is itself."""
        groups = [self.comma_list(closing)]
        while self.takes(";") or (not closing and self.takes("；")):
            if self.next.kind != "end":
                groups.append(self.comma_list(closing))
        if len(groups) == 1:
            return groups[0]
        return Node("List", tuple(groups))

    def comma_list(self, closing: str) -> Node:
        items, joined = [self.clause()], set()
        while self.sees(",", "and", "or"):
            while self.sees(",", "and", "or"):
                last = self.take()
                joined.add(last.text)
            if last.kind == "word" and self.next.kind == "end":
                raise UnreadableError(f"Nothing stands behind {last.text!r}.")
            if self.next.kind == "end" or (closing and self.next.text in closing):
                break
            items.append(self.clause())
        if len(items) == 1:
            return items[0]
        if joined == {"or"} and all(_is_inequality(item) or _is_interval(item) for item in items):
            return Node("Union", tuple(items))
        if joined == {"and"} and all(map(_is_inequality, items)):
            return Node("Both", tuple(items))
        return Node("List", tuple(items))

    def clause(self) -> Node:
        self.enter()
        nodes, operators = [self.ratio()], []
        while self.next.kind == "sign" and self.next.text in _RELATIONS:
            operators.append(self.take().text)
            if operators[-1] == "≈":
                self.takes("=")
            nodes.append(self.ratio())
        self.depth -= 1
        return nodes[0] if not operators else Node("Rel", (tuple(operators), tuple(nodes)))

    def ratio(self) -> Node:
        node = self.combined()
        if not self.sees(":"):
            return node
        nodes = [node]
        while self.takes(":"):
            nodes.append(self.combined())
        return Node("Ratio", tuple(nodes))

    def combined(self) -> Node:
        """Sets that ∪, ∖ and ∩ combine, from left to right."""
        node = self.sum()
        while self.next.text in _COMBINING:
            head = _COMBINING[self.take().text]
            before = node.args if node.head == head == "Union" else (node,)
            node = Node(head, (*before, self.sum()))
        return node

    # numbers ---------------------------------------------------------------------------------------------------------

    def sum(self) -> Node:
        self.enter()
        node = Node("PlusMinus", (number(0), self.term())) if self.takes("±", "∓") else self.term()
        while self.sees("+", "-", "±", "∓"):
            sign = self.take().text
            right = self.term()
            if sign in "±∓":
                node = Node("PlusMinus", (node, right))
            else:
                node = Node("Add", (node, right if sign == "+" else negative(right)))
        self.depth -= 1
        return node

    def term(self) -> Node:
        if self.sees("-", "+"):
            return self.signed(self.term)
        node = self.measured(self.factor())
        while True:
            if self.sees("*", "/"):
                head = "Mul" if self.take().text == "*" else "Div"
                right = negative(self.factor()) if self.takes("-") else self.factor()
                node = self.measured(Node(head, (node, right)))
            elif self.begins_factor():
                node = self.measured(self.beside(node))
            else:
                return node

    def signed(self, read: Callable[[], Node]) -> Node:
        """What stands behind a plus or a minus."""
        self.enter()
        sign = self.take().text
        node = read()
        self.depth -= 1
        return negative(node) if sign == "-" else node

    def beside(self, node: Node) -> Node:
        """Two factors with no sign between them: a mixed number, a function of several arguments or a product."""
        before, after = self.tokens[self.place - 1], self.next
        if before.kind == "number" and before.text.endswith(".") and after.text in ("(", "{"):
            raise UnreadableError("A number that ends in a point, before a group.")
        right = self.factor()
        if before.kind == "number" and after.kind == "number":
            if not (after.spaced and self.sees("/")):
                raise UnreadableError("Two numbers beside each other.")
            self.take()
            right = Node("Div", (right, self.factor()))
        if before.kind == "number" and node.head == "Num" and right.head == "Div":
            above, below = right.args
            whole = node.args[1] is None
            if whole and above.head == below.head == "Num" and 0 < above.args[0] < below.args[0]:
                return Node("Add", (node, right))
            if after.kind == "number":
                raise UnreadableError("Two numbers beside each other.")
        if node.head == "Sym" and right.head == "Seq":
            return Node("Apply", (node.args[0], right.args[2]))
        named = node.head == "Sym" and node.args[0][0].isupper() and right.head in ("Sym", "Meet", "Union")
        if named and after.text == "(" and not after.spaced:  # W(n)
            return Node("Apply", (node.args[0], (right,)))
        if right.head in ("Seq", "Set", "List"):
            raise UnreadableError("Two values beside each other.")
        return Node("Mul", (node, right))

    def begins_factor(self) -> bool:
        kind, text, _ = self.next
        if kind in ("number", "letter", "function", "call"):
            return True
        if kind == "unit":
            return text in WEAK
        if kind == "command":
            return text in ("frac", "sqrt", "boxed", "binom") or text.startswith("begin ")
        return kind == "sign" and (
            text in ("(", "{", "π", "√", "∛", "∜", "∞", "⌊", "⌈") or (text == "|" and not self.bars)
        )

    def measured(self, node: Node) -> Node:
        """The node with the unit, percent sign or minutes of arc that follow it."""
        if self.next.kind != "unit" and self.next.text not in ("%", "("):
            return node
        if self.takes("%"):
            return Node("Percent", (node,))
        ahead = self.tokens[self.place + 1]
        if self.sees("(") and ahead.kind == "unit" and ahead.text not in WEAK:
            self.take()  # 9（平方厘米）
            node = Node("Measure", (node, *self.unit(), "", True))
            self.expect(")")
            return node
        if self.next.kind != "unit" or (self.next.text in WEAK and not self.is_unit_here()):
            return node
        letter = self.next.text if self.next.text in WEAK else ""
        sure = letter in ("", "m") or self.next.spaced
        kind, scale, power = self.unit()
        if kind == "degree" and self.next.kind == "number":
            return self.minutes(node)
        return Node("Measure", (node, kind, scale, power, letter, sure))

    def is_unit_here(self) -> bool:
        """A letter such as m is a unit right after a number, a root or π, at the end of a value."""
        before = self.tokens[self.place - 1]
        if self.within or (before.kind != "number" and before.text not in ("}", "π")):
            return False
        ahead = self.place + 1
        if self.tokens[ahead].text == "^":
            ahead += 4 if self.tokens[ahead + 1].text == "{" else 2
        return self.tokens[min(ahead, len(self.tokens) - 1)].text in ("", ",", ";", "=", "≈", "and", "or", "/")

    def unit(self) -> tuple[str, Fraction, int]:
        """`cm`, `cm^2`, `square cm`, `平方厘米`, `km/h`."""
        power = 1
        if self.next.text in POWERS:
            power = POWERS[self.take().text]
            if self.next.kind != "unit" or self.next.text in POWERS:
                raise UnreadableError("A power of no unit.")
        kind, scale, _ = UNITS[self.take().text]
        if self.next.kind == "unit" and self.next.text in POWERS:
            power = POWERS[self.take().text]
        if kind != "degree" and self.takes("^"):
            raised = self.power()
            if raised.head != "Num" or raised.args[0] not in (2, 3):
                raise UnreadableError("A unit's power is 2 or 3.")
            power = int(raised.args[0])
        if self.sees("/") and self.tokens[self.place + 1].kind == "unit" and kind != "degree":
            self.take()
            below, below_scale, below_power = self.unit()
            return f"{kind}^{power}/{below}^{below_power}", scale**power / below_scale**below_power, 1
        return kind, scale, power

    def minutes(self, degrees: Node) -> Node:
        """30°15'20": minutes and seconds of arc after degrees."""
        total = degrees
        for sign, share in (("'", 60), ('"', 3600)):
            if self.next.kind == "number":
                value = self.take().text
                if not self.takes(sign, {"'": "分", '"': "秒"}[sign]):
                    raise UnreadableError("Minutes of arc end with ′.")
                total = Node("Add", (total, Node("Div", (self.digits(value.lstrip("0") or "0"), number(share)))))
        return Node("Measure", (total, "degree", Fraction(1), 1, "", True))

    def factor(self) -> Node:
        node = self.atom()
        while self.next.text in _RAISING:
            if self.takes("^"):
                if node.head == "Sym" and self.sees("{") and self.tokens[self.place + 1].text == "'":
                    node = Node("Sym", (node.args[0] + "'",))
                    while self.take().text not in ("}", ""):
                        pass
                else:
                    node = Node("Pow", (node, self.power()))
            elif self.takes("!"):
                node = Node("Fact", (node,))
            elif self.tokens[self.place - 1].text in (")", "]", "|") and self.takes("_"):
                node = self.indexed(node)
            else:
                break
        return node

    def indexed(self, node: Node) -> Node:
        """`(PA + PB)_{\\min}`, a name; `(101)_2`, a number in another base."""
        index = self.index()
        if node.head == "Num":
            return Node("Based", (str(node.args[0]), Fraction(index if index.isdigit() else 0)))
        return Node("Apply", ("_" + index, (node,)))

    def power(self) -> Node:
        """What a raised sign raises to: a group, or one signed atom; powers bind to the right."""
        if self.sees("-", "+"):
            return self.signed(self.power)
        self.enter()
        self.within += 1
        node = self.atom()
        if self.takes("^"):
            node = Node("Pow", (node, self.power()))
        self.within -= 1
        self.depth -= 1
        return node


def _is_inequality(node: Node) -> bool:
    return node.head == "Rel" and _BOUNDS.issuperset(node.args[0])


def _is_interval(node: Node) -> bool:
    """Whether what stands in brackets can be no point."""
    if node.head != "Seq":
        return False
    opening, closing, items = node.args
    return (opening == "[") != (closing == "]") or any(item in INFINITE for item in items)

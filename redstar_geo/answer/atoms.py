"""The values that stand for themselves: numbers, letters, roots, fractions, functions, groups, matrices."""

from __future__ import annotations

from abc import ABC, abstractmethod

from redstar_geo.answer.notation import CALLS, Token
from redstar_geo.answer.tree import Node, UnreadableError, negative, number
from redstar_geo.answer.units import WEAK
from redstar_geo.bounds import DEPTH, OutOfBounds, fraction
from redstar_geo.notation import words

_MOST_TOKENS = 300
_CLOSING = {"(": ")]", "[": ")]", "{": "}", "{set": "}set", "|": "|", "⌊": "⌋", "⌈": "⌉"}
_APPLIED = words("f g h F G")
_MATRICES = words("matrix pmatrix bmatrix vmatrix Bmatrix array smallmatrix")
_ROOTS = {"√": 2, "∛": 3, "∜": 4}
_SAME_CALLS = {"comb": "binom", "nCr": "binom", "nPr": "perm"}
_END = Token("end", "", False)


class Atoms(ABC):
    """The place in the tokens, and the values that stand for themselves there; what holds them is the grammar's."""

    def __init__(self, tokens: list[Token]) -> None:
        if len(tokens) > _MOST_TOKENS:
            raise UnreadableError(f"{len(tokens)} tokens; the limit is {_MOST_TOKENS}.")
        self.tokens, self.place, self.depth, self.bars, self.within = [*tokens, _END, _END, _END, _END], 0, 0, 0, 0
        self.next = self.tokens[0]

    def take(self) -> Token:
        token = self.next
        self.place += 1
        self.next = self.tokens[self.place]
        return token

    def sees(self, *texts: str) -> bool:
        token = self.next
        return token.text in texts and token.kind in ("sign", "word")

    def takes(self, *texts: str) -> bool:
        """Whether one of these comes next; it is then taken."""
        token = self.next
        if token.text not in texts or token.kind not in ("sign", "word"):
            return False
        self.take()
        return True

    def expect(self, texts: str) -> str:
        if self.next.kind == "sign" and self.next.text and self.next.text in texts:
            return self.take().text
        raise UnreadableError(f"{texts!r} was due, not {self.next.text!r}.")

    def enter(self) -> None:
        """One level of nesting more, within the limit."""
        self.depth += 1
        if self.depth > DEPTH:
            raise UnreadableError(f"Nested deeper than {DEPTH}.")

    @abstractmethod
    def clauses(self, closing: str) -> Node: ...

    @abstractmethod
    def sum(self) -> Node: ...

    @abstractmethod
    def factor(self) -> Node: ...

    @abstractmethod
    def power(self) -> Node: ...

    @abstractmethod
    def measured(self, node: Node) -> Node: ...

    @abstractmethod
    def begins_factor(self) -> bool: ...

    def atom(self) -> Node:
        kind, text, _ = self.take()
        if kind == "number":
            value = self.digits(text)
            return self.based(text) if self.sees("_") else value
        if kind == "letter" or (kind == "unit" and text in WEAK):
            return self.symbol(text)
        if kind == "function":
            return self.function(text)
        if kind == "call":
            return self.call(text)
        if kind == "command":
            return self.command(text)
        if kind == "sign":
            if text in ("π", "∞"):
                return Node("Const", (text,))
            if text in _ROOTS:
                return Node("Root", (number(_ROOTS[text]), self.radicand()))
            if text in ("∠", "△"):
                return self.geometric(text)
            if text == "∅":
                return Node("Set", ((),))
            if text in _CLOSING:
                return self.group(text)
        raise UnreadableError(f"{text!r} begins no value.")

    def digits(self, text: str) -> Node:
        mantissa = text.lower().partition("e")[0]
        padded = mantissa[0] == "0" and len(mantissa) not in (1, 3) and mantissa.isdigit()
        if padded and self.tokens[self.place - 2].text != ":":
            raise UnreadableError("A number that begins with 0: three digits, as contests write it, are read.")
        try:
            value = fraction(text)
        except OutOfBounds as error:
            raise UnreadableError(str(error)) from None
        decimals = 0 if "e" in text.lower() else len(text.partition(".")[2])
        return Node("Num", (value, decimals or None))

    def based(self, text: str) -> Node:
        """204_5 and 204_{5}: a number in another base is equal to itself only."""
        self.take()
        base = self.atom()
        if base.head != "Num" or not text.isdigit():
            raise UnreadableError("A number's index is its base.")
        return Node("Based", (text, base.args[0]))

    def symbol(self, name: str) -> Node:
        """A letter with its index and primes: x, x_1, S_{ABC}, a'."""
        if self.takes("_"):
            name += "_" + self.index()
        while self.takes("'"):
            name += "'"
        if name in ("e", "i"):
            return Node("Const", (name,))
        if self.sees("(") and not self.next.spaced and name.partition("_")[0] in _APPLIED:
            self.take()
            inner = self.group("(")
            return Node("Apply", (name, inner.args[2] if inner.head == "Seq" else (inner,)))
        return Node("Sym", (name,))

    def index(self) -> str:
        first = self.take()
        if first.text != "{" and first.kind != "end":
            return first.text
        inside, depth = "", 1
        while self.next.kind != "end":
            text = self.take().text
            depth += (text == "{") - (text == "}")
            if depth == 0:
                return inside
            inside += text
        raise UnreadableError("An index does not end.")

    def geometric(self, sign: str) -> Node:
        """∠ABC, ∠1, △ABC: the name of a figure."""
        name = sign
        while self.next.kind in ("letter", "number") and len(name) < 5:
            if self.next.kind == "number" and len(name) > 1:
                break
            name += self.take().text
        if len(name) == 1:
            raise UnreadableError("An angle without a name.")
        return Node("Sym", (name,))

    def group(self, opening: str) -> Node:
        r"""What stands in brackets that are open: a value, a tuple or interval, a set, or an absolute value."""
        if opening == "|":
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.expect("|")
            return Node("Abs", (inner,))
        if opening == "{" and self.next.kind == "number" and self.tokens[self.place + 1].text == "}":
            inner = self.atom()  # as most groups are
            self.take()
            return inner
        bars, self.bars = self.bars, 0
        closing = _CLOSING[opening]
        empty = opening == "{set" and self.sees("}set")
        inner = Node("List", ()) if empty else self.clauses(closing)
        closed = self.expect(closing) if opening in "([" else self.take_closing(closing)
        self.bars = bars
        items = inner.args if inner.head == "List" else (inner,)
        if opening == "{set" or (opening == "{" and inner.head == "List"):
            return Node("Set", (items,))
        if opening in "⌊⌈" and len(items) == 1:
            return Node("Call", ("floor" if opening == "⌊" else "ceil", items))
        if len(items) > 1:
            return Node("Seq", (opening, closed, items))
        if (opening, closed) not in (("(", ")"), ("[", "]"), ("{", "}")):
            raise UnreadableError("Brackets that do not match.")
        return inner

    def take_closing(self, closing: str) -> str:
        if self.next.text != closing:
            raise UnreadableError(f"{closing!r} was due, not {self.next.text!r}.")
        return self.take().text

    def command(self, name: str) -> Node:
        if name == "frac":
            above = self.argument()
            return Node("Div", (above, self.argument()))
        if name == "binom":
            above = self.argument()
            return self.called(name, (above, self.argument()))
        if name == "sqrt":
            degree = number(2)
            if self.takes("["):
                degree = self.sum()
                self.expect("]")
            return Node("Root", (degree, self.radicand()))
        if name in ("boxed", "fbox") and self.sees("{"):
            return self.atom()
        if name.startswith("begin ") and name[6:] in _MATRICES:
            return self.matrix()
        raise UnreadableError(f"\\{name} is not read.")

    def argument(self) -> Node:
        r"""An argument of \frac: a group, or one digit or letter (`\frac12`, `\frac94\pi`)."""
        token = self.next
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.place] = self.next = Token("number", token.text[1:], False)
            return self.digits(token.text[0])
        return self.atom()

    def radicand(self) -> Node:
        """A group, or one number, letter or function of it; a letter in it is a symbol and no unit."""
        self.enter()
        self.within += 1
        node = self.atom()
        self.within -= 1
        self.depth -= 1
        return node

    def call(self, name: str) -> Node:
        """`max(3, 5)`, `\\gcd(12, 18)`, `cbrt(2)`, `pow(2, 3)`."""
        opening = self.take().text
        if opening not in _CLOSING:
            raise UnreadableError(f"{name} of nothing.")
        inner = self.group(opening)
        args = inner.args[-1] if inner.head in ("Seq", "Set") else (inner,)
        return self.called(name, args)

    def called(self, name: str, args: tuple[Node, ...]) -> Node:
        wanted = CALLS[name]
        if len(args) != (wanted or max(len(args), 2)):
            raise UnreadableError(f"{name} of {len(args)} arguments.")
        if name == "cbrt":
            return Node("Root", (number(3), args[0]))
        if name in ("pow", "abs"):
            return Node(name.capitalize(), args)
        return Node("Call", (_SAME_CALLS.get(name, name), args))

    def function(self, name: str) -> Node:
        """`sin x`, `sin(2x)`, `\\sin^2 x`, `\\log_2 8`: without brackets the argument is a product."""
        power = None
        if name == "log" and self.takes("_"):
            base = self.atom()
            return Node("Div", (self.function("ln"), Node("Fn", ("ln", base))))
        if name == "log" and self.next.kind == "number" and self.tokens[self.place + 1].text == "(":  # log2(8)
            base = self.digits(self.take().text)
            return Node("Div", (self.function("ln"), Node("Fn", ("ln", base))))
        if self.takes("^"):
            power = self.power()
        self.enter()
        bracketed = self.sees("(", "{", "|")
        argument = self.measured(self.factor() if not bracketed else self.atom())
        while not bracketed and self.begins_factor() and self.next.kind != "function" and self.next.text != "(":
            argument = self.measured(Node("Mul", (argument, self.factor())))
        self.depth -= 1
        if power == negative(number(1)):
            return Node("Fn", ("a" + name, argument))
        value = Node("Fn", (name.replace("arc", "a"), argument))
        return value if power is None else Node("Pow", (value, power))

    def matrix(self) -> Node:
        r"""`\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`, whatever its brackets."""
        rows: list[list[Node]] = [[]]
        while not self.next.text.startswith("end"):
            if self.takes("\\\\"):
                rows.append([])
            elif not self.takes("&"):
                rows[-1].append(self.sum())
        if self.take().kind == "end":
            raise UnreadableError("A matrix does not end.")
        return Node("Matrix", (tuple(tuple(row) for row in rows if row),))

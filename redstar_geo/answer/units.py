"""Units of measure: what each name is in base units, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from redstar_geo.notation import words


class Unit(NamedTuple):
    """`scale` base units of a `kind` (metre, degree, gram, second, currency …), to a `power`."""

    kind: str
    scale: Fraction
    power: int = 1


_NAMES: dict[tuple[str, Fraction | int], str] = {
    ("metre", Fraction(1, 1000)): "mm millimetre millimetres millimeter millimeters 毫米",
    ("metre", Fraction(1, 100)): "cm centimetre centimetres centimeter centimeters 厘米 公分",
    ("metre", Fraction(1, 10)): "dm decimetre decimetres decimeter decimeters 分米",
    ("metre", 1): "m metre metres meter meters 米",
    ("metre", 1000): "km kilometre kilometres kilometer kilometers 千米 公里",
    ("metre", Fraction(254, 10000)): "inch inches",
    ("metre", Fraction(3048, 10000)): "ft foot feet",
    ("metre", Fraction(9144, 10000)): "yd yard yards",
    ("metre", Fraction(1609344, 1000)): "mile miles mi",
    ("metre", 1852): "nmi 海里",
    ("degree", 1): "° deg degs degree degrees 度",
    ("radian", 1): "rad radian radians 弧度",
    ("gram", Fraction(1, 1000)): "mg 毫克",
    ("gram", 1): "g gram grams 克",
    ("gram", 1000): "kg kilogram kilograms 千克 公斤",
    ("litre", Fraction(1, 1000)): "ml mL millilitre millilitres milliliter milliliters 毫升",
    ("litre", 1): "L litre litres liter liters 升",
    ("second", 1): "s sec second seconds 秒",
    ("second", 60): "min minute minutes 分钟",
    ("second", 3600): "h hr hour hours 小时",
    ("second", 86400): "day days 天",
    ("dollar", 1): "$ dollar dollars usd USD 美元",
    ("euro", 1): "€ euro euros EUR",
    ("pound", 1): "£ GBP",
    ("yuan", 1): "¥ yuan RMB 元",
    ("one", 1): "unit units 单位 个 颗 件 只 人 条 本 张",
}
UNITS: dict[str, Unit] = {
    name: Unit(kind, Fraction(scale)) for (kind, scale), names in _NAMES.items() for name in names.split()
}
WEAK = words("m g s h L")  # symbols as well: units only beside a number
POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cubed": 3, "平方": 2, "立方": 3}

"""The words that a derivation needs, and whether others stand around a claim.

No list holds all the words by which people guess, quote, doubt or take back. So this one goes the other way round: it
holds the words that do none of it. What a sentence with any other word makes of its claims, nobody can be sure of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Word(NamedTuple):
    """A word with its place: a `turn` (but, not), a `modifier` (half of what follows), or `odd`, none that is known."""

    start: int
    end: int
    kind: Literal["odd", "turn", "modifier", ""]


_GLUE = """
a an the this that these those it its itself they their them themselves we us our i you your one both each all every
any some same such here there now then so thus hence therefore since because as for by from to of in on at with
without into onto and or if is are was be been being am has have had having do does can must will shall should who
which what where when while whose why how also too already just only still even again very much simply clearly
directly exactly indeed consequently accordingly furthermore moreover similarly likewise finally first next second
third last namely together immediately easily along through up out down under between before after about around
within inside outside upon per via using therein thereof whence okay ok good well fine great nice right alright yes
yeah ie eg etc qed btw let lets respectively necessarily precisely certainly obviously evidently overall altogether
alternatively always once across past near they're we're i'm it's that's there's here's let's we've i've we'll i'll
basically beyond than me i'd easy often plain inner neighbouring neighboring close further far done additionally
afterwards aside besides correspondingly during either enough eventually generally herein however hereby like merely
mutually quickly readily really separately several subsequently successively suffices thereafter toward towards
ultimately usually various whichever wherever whole resp oh ah aha yep yup hey my negative general change changes bc
hm hmm hmmm river water pole shadow consistent did fool clumsy teacher anything anyone somebody helps hope glad
among amongst
against ahead apart away behind beneath elsewhere everything everywhere forth forward forwards later little lot lots
most own purely solely soon strictly throughout till until upward upwards downward downwards versus vs whatever
whenever whereby whereupon time thanks thank cheers hi hello dear everyone folks guys anyway exclusively fully
jointly straightforwardly automatically trivially algebraically routinely systematically elegantly essentially
effectively normally promptly thoroughly true valid kind kinds co semi mid sub self pre multi bi lhs rhs wlog st wrt
thm thms eqn eqns eq eqs fig pt pts seg def defn alt vert opp adj corr int ext supp comp isos equil hyp diam par
prop sq ang circ coint aia csa sec csc cot sect
"""
_VERBS = """
note notice observe recall means meaning surd remember know see saw seen tell told give gave given get got gotten
find found obtain take took taken make made mean imply yield follow show shown state conclude deduce derive compute
calculate work solve apply use plug substitute simplify rearrange expand cancel factor divide multiply add subtract
combine collect write wrote written put set express equal equate come came turn leave left become became remain call
name denote label consider start begin end reach bring brought need want ask answer draw drew drawn extend form pass
subtend intercept face belong correspond match split share intersect meet met cross cut touch lie lay stand stood
sit sat contain join connect construct drop say move go went goes keep kept hold held determine establish prove
proved complete insert fill read count measure translate relate rewrite rewritten square halve bisect span look
opposite happen depend link satisfy return describe run play settle applies compare matter stop happens mark check
verify confirm arrive assign choose coincide concern consist decompose deal detail discover eliminate ensure
evaluate examine focus handle help identify illustrate include indicate infer interpret investigate isolate list
mention occur overlap perform proceed process produce provide reduce refer replace represent require
separate sketch specify study suffice summarize surround trace transform understand view invoke inscribe
circumscribe enclose bound appear bridge chase convert plot project agree gather finish reconstruct recognise
recognize sum tackle unfold accompany account achieve acquire act address adjoin adopt align allow amount analyze
analyse announce annotate associate attach bear bend break build carry cause color colour commence compose comprise
continue cover create decide define demonstrate depict designate detect display distribute elaborate employ encircle
encounter engage enter erect exhibit exist explain exploit explore extract fall fit fold formulate gain
generate graph group grow guarantee guide head hit impose incorporate induce inherit inspect interchange introduce
inverse invert involve jump justify land lead learn lend lift locate map merge model mount obey occupy open operate
organize organise outline partition permit pick possess preserve prolong quote raise range receive record redraw
regard regroup rely remark remind remove rename render reorder resemble resolve respect restate retain retrieve
reuse ride rise save scan select send serve shorten slice sort spot stack stay stick straddle
summarise supply support table tag talk tile tilt track transfer transpose traverse treat trim unite utilize utilise
vanish visit visualize visualise walk watch wrap hang attain sweep flip fan hook emanate emerge originate
terminate lean pinpoint pin lock nail unlock unpack unwind unroll thread tally round factorize factorise rationalize
rationalise normalize normalise linearize qualify capture characterise characterize classify categorize cater feed
hinge correct fix beside
"""
_NOUNS = """
problem question result solution value number figure diagram picture drawing data information condition fact reason
property theorem formula rule law definition identity relation relationship equation system expression step part
line point angle triangle segment length degree deg unit cm mm km centimeter centimetre meter metre inch foot feet
ft rectangle parallelogram rhombus trapezoid trapezium kite quadrilateral quad polygon circle arc chord radius radii
diameter center centre tangent tangency secant vertex vertices corner base leg hypotenuse height altitude median
midpoint midsegment midline parallel perp perpendicular intersection semicircle circumference perimeter area volume
pythagoras pythagorean thales cosine sine tan sin cos tri trigonometry trig algebra arithmetic correspondence proof
sas sss asa aas hl aa cpctc rt power transversal pair plane shape diagonal bisector side ray row column sector
region way thing idea approach method argument goal target term denominator numerator list course place position
direction addition subtraction substitution multiplication division extension combination centroid incenter
circumcenter orthocenter incentre circumcentre orthocentre symmetry transitivity piece width contact transformation
similitude statement claim type order arms role word half apex copy copies coordinates inequality letter neighbour
neighbor analysis aspect aid apothem coefficient component configuration constant constraint coordinate detail
dimension face intercept key layout marking member notation object observation origin parameter pattern
pentagon hexagon octagon perpendicularity parallelism principle quantity radical radian sequence
setup slope special strategy structure summary sketch task technique topic unknown variable version axis tick union
use breadth depth edge cone cylinder sphere prism pyramid annulus ring cuboid cube path chain link endpoint aim hand
subgoal pole midst middle text job tie account addend application arm arrangement array arrow attention axiom
background band bar basis behavior behaviour bit block body boundary box bracket branch bullet bundle calculation
calculator chart chunk clue comparison completeness computation concept conclusion consequence consideration context
continuation contribution convention conversion corollary criterion criteria curve deduction derivation description
design digit disc disk document dot ease effect element elimination equality essence evaluation exam example
exercise explanation family fashion feature footnote force format formulae foundation frame framework function gist
graph grid ground heading heart homework illustration image index info inference ingredient input insight inspection
instance instruction interest interval inverse item kind layer lemma lesson location locus logic magnitude manner
margin mathematics math maths mechanism message minute mode moment motion nature numeral opening operation
orientation outcome output overview page paper paragraph parenthesis parentheses peak pencil perspective polynomial
portion postulate premise presence procedure progress proposition purpose puzzle radicand reader recap reciprocal
reference reflexivity reminder requirement restatement route sake scheme section semiperimeter sense sentence series
significance sign simplification situation space stage standpoint status strip stroke stuff subject subtriangle
success surface symbol table tail theory title tool trail transition trick trio triplet tutorial usage variant
viewpoint weight worksheet zigzag zag zig litre bowtie hourglass funnel fan arrowhead quadrant pentagram star
arrowheads tetragon hexagram compass straightedge walkthrough takeaway keypoint tip trapezia rhombi apices loci axes
analyses binomial trinomial monomial determinant vector vectors matrix postulates lemmas corollaries
ptolemy ceva menelaus euclid euclidean stewart apollonius heron brahmagupta viete descartes cartesian
napoleon simson euler feuerbach morley miquel butterfly dissection subdivision
"""
_ADJECTIVES = """
concyclic halfway circumradius inradius ii iii iv vi vii viii ix
acute obtuse straight isosceles equilateral scalene congruent congruence similar similarity inscribed central
vertical circumscribed interior alternate adjacent consecutive cyclic concentric collinear common large small long
short big great larger smaller longer shorter bigger greater upper lower top bottom full whole equal circular
proportional zero positive shaded standard usual basic corresponding two three four five six seven eight nine ten
thirty forty fifty sixty ninety hundred known required desired complementary supplementary regular different new
simple direct entire final front fourth fifth equidistant proper reflexive minor major single unique linear
quadratic additional analogous associated clear combined convenient crucial dashed dotted distinct exact explicit
external familiar following generic geometric geometrical helpful horizontal identical immediate important
individual internal invariant key labelled main marked missing natural neat necessary ordinary original particular
peripheral present previous principal relevant respective second separate simplest specific sufficient suitable
useful visible visual famous classic classical rectangular triangular trapezoidal quadrangular symmetric symmetrical
midpoint nonzero integer rational irrational decimal numeric numerical algebraic trigonometric opposite above below
adjoining aligned angular appropriate arbitrary automatic available bold certain chosen clean colinear comparable
complex composite concave concrete contiguous continuous convex coplanar coterminal counterclockwise clockwise
anticlockwise current deep definite dependent diametral diametrically divisible due early elegant elementary
elongated empty equiangular equivalent essential evident existing extra fairly few fixed flat foremost former free
fundamental graphical handy hard heavy hidden high homologous implicit independent indirect infinite innermost
instant intermediate inverse joint latter leading leftover limited literal local logical low lowest highest longest
shortest largest smallest biggest greatest mathematical maximal maximum mere minimal minimum mixed mutual narrow
nested nonadjacent nonparallel normal notable obvious offset orthogonal outermost outward inward partial perfect
planar polar preceding precise prime printed prior proportionate pure quick quicker rapid raw ready relative remote
repeated resultant rigid rigorous round satisfied semicircular sharp slanted slanting slight smart smooth solid
sound steep straightforward strong successive superposed tall tangential terminal thick thin tidy tiny transitive
traditional trivial unchanged uniform unmarked upright valid wide wider sixth seventh eighth ninth tenth eleven
twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty seventy eighty nearest farthest opposing
mirror stacked fitting pleasant pretty
"""
_TURNS = """
but however yet though although whereas not no never none nor cannot instead rather unlike otherwise despite except
don't doesn't isn't aren't can't won't didn't wasn't weren't would could would've could've back check checks verify
verification sanity confirm careful sure myself
"""
_MODIFIERS = """
half twice double triple thrice quarter sum difference product ratio proportion scale rest complement supplement
total average mean times more less fewer plus minus over squared cubed root power remainder percent percentage mod
modulo size exterior outer other another per multiple fraction remaining distance reflex divided
"""
_ZH = """
所以 因此 因而 于是 从而 故而 故 则 即 也就是 就是 那么 由此 可得 可知 可见 得到 得出 得 知 有 又
且 而 和 与 同 及 以及 或 的 是 为 在 中 里 上 下 内 外 因为 由于 由 根据 依据 按照 利用 运用
应用 使用 用 通过 结合 据 已 题目 题设 题意 题干 条件 给出 给了 给 告诉 我们 我 它 它们 这 这个
这些 那 那个 该 此 其 分别 这里 第 首先 其次 接着 接下来 下面 然后 最后 最终 再 先 现在 步 步骤
同理 同样 类似 显然 易 直接 正好 恰好 刚好 也 都 均 就 还 只 只要 需要 需 求 解 出 方程 组 计算
算 代入 带入 代 整理 化简 展开 移项 合并 同类项 两边 同时 除以 乘以 乘 除 减去 减 加上 加 平方 开方
开平方 勾股 定理 逆定理 推论 性质 判定 定义 公式 公理 法则 关系 等式 列 设 令 记 作 做 连接 连结
延长 过 交 于 相交 交点 垂足 切点 切 圆 心 周 半径 直径 弦 弧 圆周角 圆心角 切线 割线 相切 内切
外接 内接 弦切角 所 对 等弧 点 线 线段 直线 射线 边 底边 底 腰 斜边 直角边 高 高线 中线 中位线 中点
垂线 平分线 角平分线 垂直平分线 垂直 平行 平分 重合 共线 三角形 等腰 等边 直角 锐角 钝角 平角 周角 角
内角 外角 同位角 内错角 同旁内角 对顶角 邻补角 互补 互余 互为 余角 补角 顶角 顶 底角 顶点 四边形
平行四边形 矩形 长方形 正方形 菱形 梯形 对角线 全等 相似 相似比 对应 成比例 比例 比 面积 长度 长 宽
度数 度 大小 值 数值 数 结果 答案 答 选 选项 图 图中 图形 如图 看 注意 观察 发现 说明 表明 意味着
换句话说 换言之 等于 相等 相同 一样 等 大于 小于 差 积 两 个 条 三 四 一 二 每 各 厘米 毫米 米
单位 分 之 证明 证 完 了 着 吧 好 嗯 可以 能 可 要 会 把 将 从 到 以 来 去 后 前 时 当 本题
题 思路 找 收集 学 们 往 种 回忆 进 经 哪 计 夹 按 整 自 位置 邻 接 合 样 起 缩 形状 任何 例
开 头 筝 够 纵 横 坐标 地 方 字母 顺序 平 换 面 间 占 几何 连 跟 才 也就是说 题目说 看法 梳理
验证 验算 回去 回 信息 多 比较 要的是 约掉 约 相乘 相加 相减 法 引 标 理 截 既 并且 式 子 第三边
相邻 依次 对称 成立 结论 推导 应 次 关于 形 式子 原 确定 段 端点 端 共有 成 互 字 叉 交叉 情形
条线 句话 分析 解答 解析 小题 综上 述 正 取 根 根号 正弦 余弦 正切 三角函数 三角 一起 共同 公共 组成
构成 部分 整个 阴影 扇形 倍 一半 另 其余 剩下 剩余 具体 方法 位于 处 大 小 左 右 时候 看出 便 立
问 目标 关键 重点 转化 转换 化为 变形 换成 代替 替换 联立 消去 约分 通分 提取 因式分解 配方 判别式
韦达 定值 定长 恒 始终 动点 旋转 平移 翻折 折叠 对折 对称轴 内心 外心 重心 垂心 中心 多边形 五边形
六边形 边长 周长 半圆 圆环 弓形 圆锥 侧面 底面 母线 体积 高度 原点 轴 函数 斜率 抛物线 解析式 数据
列出 写出 画 画出 作出 添加 辅助线 构造 补 拼 截取 倍长 等分 分点 分成 各自 理由 已证 上述 以上 综合
亦 皆 为了 仅 必 必有 必然 必须 一定 唯一 存在 任意 满足 不变 保持 相当于 等价 视为 看作 看成 称为
叫做 表示 代表 写成 写为 写 表达式 等号 左边 右边 左侧 右侧 上方 下方 内部 外部 之间 中间 处于 属于
包含 含 具有 数量 数字 倍数 分数 整数 小数 近似 约等于 精确 保留 弧度 逐 路 用到 用上 第一步 第二步
第三步 第四步 详细 过程 简单 明显 自然 于此 至此 到此 本 题目中 整理得 得证 起来 列式 号 项 系数
未知数 变量 设为 记为 则有 即有 这样 这时 此时 侧 同一 同侧 异侧 两侧 两点 两端 一端 所在 经过 穿过 落在
之比 对边 对角 领边 邻边 邻角 等角 同角 等量 代换 化 乘积 平方和 平方差 完全平方 弦长 弧长 线长 边上
圆上 圆内 圆外 直线上 线段上 延长线 反向 作为 给定 给的 图上 标注 标出 标记 所给 想 先求 再求 求的是
问的是 所求的 待求 一边 另一边 一条边 三条边 四条边 两条边 各边 各角 弄反 谁 吻合 一致 相符 联系 角度
斜 竖直 水平 垂 径 半 推 推出 推得 知道 得知 由此可见 不难 道 多少 容易 容易误 容易误解 容易误以为
容易误把 容易弄反 容易弄混 容易看错 容易混淆 容易记错 容易忘了 容易漏了 镜像 性 又说 还说 总 归纳 小结
总结 因 缘由 须 采用 使 如 示 见 依 意 被 向 朝 某 凡 全 部 整体 块 片 末 旁 棱 近 远 低 短
窄 深 浅 粗 细 始 终 首 尾 格 网格 直 弯 曲 折 劣弧 优弧 公切线 割 托勒密 梅涅劳斯 塞瓦 斯特瓦尔特
射 影 投影 海伦 秦九韶 特殊 型 模型 手拉手 母子 蝴蝶 飞镖 箭头 沙漏 金字塔 内错 同位 参数 一元二次方程
一元一次方程 公因式 最简 去括号 商 算术平方根 指数 幂 真数 分母 抵消 消掉 消元 换元 待定系数 图像 图象
抛物 椭圆 焦点 准线 象限 刻度 量 测 余 等于多少 的话说 基于 鉴于 有关 圆周率 弧度制 角度制 位似 折痕
重叠 覆盖 叠合 叠加 剪 表面积 三视图 异面 空间 立体 长方体 正方体 圆柱 球 棱柱 棱锥 台 铅垂线 仰角
俯角 坡度 坡角 方位角 树 旗杆 塔 楼 杆 梯子 绳 河 路程 距 五 六 七 八 九 十 百 千 万 零 双 单
不妨 并有 况且 顺次 编号 序号 名 称 读 变 改写 转 带回 请 让 咱们 大家 各位 你 您 他 她 自己 本身
自身 彼此 相互 互相 居中 铅直 拐 绕 围 包围 夹住 张角 张成 撑 支撑 架 桥梁 媒介 线索 突破口 切入点
入手 着手 出发 起手 落脚 落 归 归结为 归结到 锁定 聚焦 核心 知识点 考点 考查 涉及 体现 反映 揭示 呈现
展示 展现 生成 产生 带来 引入 导出 导致 致 促 供 提供 拥有 包括 涵盖 缘故 进行 予以 给予 添 延
延长至 伸 更正 改过来 改为 改成 修正 修正为 纠正 订正 顺便 顺带 顺便说一句 顺便提一下 核一下 再核一下 一遍 负数 办法
放心 殊途同归 唔 哦
"""
_ZH_TURNS = "核对 检查 验证 回头 但 但是 可是 不过 然而 却 不 没 没有 其实 实际上 事实上 不是 并 并非"
_ZH_MODIFIERS = "余角 补角 外角 邻补角 其余 剩下 剩余 距离"
# Though their stems, or their parts, are known.
_ODD = "claimed thought meant said enlarged enlargement everything ruler scaled scaling copies copy shrunk moves"
_ZH_ODD = """
有问题 看来 看上去 看起来 一看 大小不 左右 本来 原来 原先 原本 起初 最初 起先 当初 先前 早先 刚才 刚刚
方才 之前 此前 以前 选项 有同学 有的同学 有些同学 同学 学生 有的 有些
"""
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?|[一-龥]+")
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "r", "'s", "ies", "ied")
_Kind = Literal["odd", "turn", "modifier", ""]
_LISTS: tuple[tuple[_Kind, str], ...] = (  # what stands in a later one counts
    ("", " ".join((_GLUE, _VERBS, _NOUNS, _ADJECTIVES, _ZH))),
    ("modifier", f"{_MODIFIERS} {_ZH_MODIFIERS}"),
    ("turn", f"{_TURNS} {_ZH_TURNS}"),
    ("odd", f"{_ODD} {_ZH_ODD}"),
)
_KNOWN = {word: kind for kind, text in _LISTS for word in text.split()}
_LONGEST = max(len(word) for word in _KNOWN if word[0] >= "一")


def words(text: str) -> Iterator[Word]:
    """Every word but those that a plain derivation is made of, from left to right."""
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match[0][0] >= "一":
            yield from _chinese(text, start, end)
        elif (
            end - start > 1
            and match[0][1:] not in ("'s", "’s")
            and text[start - 1 : start] != "\\"
            and (kind := _kind(match[0].lower().replace("’", "'")))
        ):
            yield Word(start, end, kind)


def _kind(word: str) -> _Kind:
    for ending in ("", *_ENDINGS):
        base = word.removesuffix(ending)
        if word.endswith(ending):
            undoubled = base[:-1] if base[-1:] == base[-2:-1] else base
            for form in (base + "y",) if ending[:2] == "ie" else (base, base + "e", undoubled):
                if (kind := _KNOWN.get(form)) is not None:
                    return kind
    return "odd"


def _chinese(text: str, at: int, end: int) -> Iterator[Word]:
    """Chinese has no spaces: the longest known word at each place."""
    while at < end:
        stop, kind = at + 1, _kind("")
        for length in range(min(_LONGEST, end - at), 0, -1):
            if (known := _KNOWN.get(text[at : at + length])) is not None:
                stop, kind = at + length, known
                break
        if kind:
            yield Word(at, stop, kind)
        at = stop

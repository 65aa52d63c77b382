"""The app's words in English and Chinese: `LABELS` for its controls, as the browser wants them, `words` for texts."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

_BOTH = {
    # tabs and controls
    "ask": ("Ask", "提问"),
    "compare": ("Compare", "对比"),
    "browse": ("Browse a run", "浏览数据"),
    "reports": ("Reports", "报告"),
    "builtin": ("Built-in problems", "内置题目"),
    "from_run": ("Problems of the run", "数据中的题目"),
    "own": ("Your own", "自己的题目"),
    "family": ("Family", "题型"),
    "any": ("any", "任意"),
    "difficulty": ("Difficulty", "难度"),
    "language": ("Language", "语言"),
    "seed": ("Seed", "种子"),
    "fresh": ("Fresh problem", "换一题"),
    "show": ("Show", "显示"),
    "number": ("Number", "序号"),
    "question": ("Question (LaTeX in $…$)", "题目（公式写在 $…$ 中）"),
    "gold": ("Known answer, if there is one", "已知答案（可不填）"),
    "diagram": ("Diagram: upload, paste, photograph or draw", "图形：上传、粘贴、拍照或手绘"),
    "take": ("Take this question", "使用此题"),
    "solve": ("Solve", "解答"),
    "stop": ("Stop", "停止"),
    "settings": ("Settings", "设置"),
    "who": ("Who answers", "由谁解答"),
    "left": ("Left", "左"),
    "right": ("Right", "右"),
    "temperature": ("Temperature", "温度"),
    "max_tokens": ("Most tokens", "最多词元"),
    "samples": ("Samples", "采样数"),
    "thought": ("Thought", "思考过程"),
    "which": ("Sample shown", "显示第几个"),
    "trust": ("Judged steps", "逐步检查"),
    "download": ("Download as Markdown", "下载 Markdown"),
    "verdict": ("Verdict", "判定"),
    "reason": ("Reason of the verdict", "判定原因"),
    "filtered": ("Filter", "过滤原因"),
    "selected": ("Selection", "选择原因"),
    "source": ("Source", "来源"),
    "least_difficulty": ("Difficulty from", "难度不低于"),
    "most_difficulty": ("to (0: any)", "不高于（0：不限）"),
    "least_length": ("Tokens from", "词元数不少于"),
    "most_length": ("to (0: any)", "不多于（0：不限）"),
    "search": ("Search in questions and ids", "在题目和编号中搜索"),
    "apply": ("Filter", "筛选"),
    "previous": ("Previous", "上一页"),
    "next": ("Next", "下一页"),
    "page": ("Page", "页"),
    "reasons": ("Why traces are not taught", "未采用的原因"),
    "export": ("Export", "导出所选"),
    "open": ("Open", "打开"),
    # texts
    "true": ("true", "正确"),
    "false": ("false", "错误"),
    "unproven": ("unproven", "未证实"),
    "correct": ("correct", "正确"),
    "wrong": ("wrong", "错误"),
    "rejected": ("rejected", "不予判定"),
    "undecided": ("undecided", "无法判定"),
    "claims": ("Every claim, with what decides it", "全部论断及依据"),
    "point_at": ("Point at a claim: what it speaks of lights up.", "指向某条论断，图中相应部分会高亮。"),
    "no_figure": ("No figure could be fitted to the givens.", "无法由已知条件作出图形。"),
    "no_proof": ("The steps cannot be judged: no proof of this problem is known", "无法逐步检查：此题没有已知证明"),
    "answer": ("Answer", "答案"),
    "known": ("Known answer", "已知答案"),
    "majority": ("Majority", "多数答案"),
    "sample": ("sample", "样本"),
    "tokens": ("tokens", "词元"),
    "seconds": ("s", "秒"),
    "stopped": ("stopped", "已停止"),
    "running": ("thinking …", "思考中……"),
    "failed": ("failed", "失败"),
    "no_question": ("Choose or write a question first.", "请先选择或输入题目。"),
    "link": ("Link to this question", "此题链接"),
    "provenance": ("Provenance", "出处"),
    "too_fast": ("Too many questions in a short time. Wait a little.", "提问过于频繁，请稍候。"),
}

LABELS: dict[str, dict[str, str]] = {
    "en": {key: english for key, (english, _) in _BOTH.items()},
    "zh-CN": {key: chinese for key, (_, chinese) in _BOTH.items()},
}


def words(accepted: str | None) -> Words:
    """The words for a browser's `Accept-Language`."""
    return LABELS["zh-CN" if (accepted or "").lower().startswith("zh") else "en"]

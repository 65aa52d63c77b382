"""The app's words in English and Chinese: `LABELS` for its controls, as the browser wants them, `words` for texts."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

_BOTH = {
    "code": ("en", "zh"),
    # the page
    "intro": (
        "# RedStar-Geo\n\nAsk a geometry question with its figure. You get the answer, how it was found, and a "
        "check of every step.",
        "# RedStar-Geo\n\n提出一道带图的几何题，即可得到答案、思路，并看到每一步的检查。",
    ),
    "ask": ("Ask", "提问"),
    "compare": ("Compare", "对比"),
    "browse": ("Browse", "浏览"),
    "reports": ("Reports", "报告"),
    # the question
    "question": ("Question", "题目"),
    "question_hint": ("Write the question here. Formulas go between $ signs.", "在此输入题目，公式写在两个 $ 之间。"),
    "picture_hint": ("Drop, paste or choose a picture", "拖入、粘贴或选择图片"),
    "choose": ("Choose a file", "选择文件"),
    "photo": ("Take a photo", "拍照"),
    "draw": ("Draw", "手绘"),
    "crop": ("Crop", "裁剪"),
    "undo": ("Undo", "撤销"),
    "done": ("Done", "完成"),
    "cancel": ("Cancel", "取消"),
    "remove": ("Remove", "移除"),
    "sending": ("Reading the picture …", "正在读取图片……"),
    "picture_of_question": ("Figure of the question", "题目的图形"),
    "first_of_many": ("Only the first of these files is used.", "仅使用其中第一个文件。"),
    "too_many_bytes": (
        "This file is larger than 8 MB and the browser cannot make it smaller. Save it as JPEG or PNG first.",
        "文件超过 8 MB，浏览器无法将其缩小。请先另存为 JPEG 或 PNG。",
    ),
    "not_sent": (
        "The picture could not be sent. Check the connection and choose it again.",
        "图片未能发送，请检查网络后重新选择。",
    ),
    "not_in_link": (
        "The question of this link had a picture, which is not part of the link. Add it here.",
        "此链接的题目带有图片，但链接中不含图片，请在此补上。",
    ),
    "bad_picture": (
        "This file is not a picture that can be read. Take a PNG, JPEG, WebP or HEIC.",
        "无法读取该图片文件。请使用 PNG、JPEG、WebP 或 HEIC。",
    ),
    "picture_too_large": ("This picture is too large. Make it smaller first.", "图片过大，请先缩小。"),
    "blank_picture": ("Nothing can be seen on this picture.", "图片上没有内容。"),
    "animated_picture": ("This picture moves. Take one that stands still.", "这是动图，请使用静止的图片。"),
    "picture_too_slow": (
        "This picture takes too much work to read. Take another one.",
        "读取该图片过于费时，请换一张。",
    ),
    "picture_worker_died": ("This picture could not be read. Take another one.", "未能读取该图片，请换一张。"),
    "not_here": ("The picture is gone from the server. Choose it again.", "服务器上已没有该图片，请重新选择。"),
    "on_its_way": (
        "The picture is still being read. Press Solve again in a moment.",
        "图片仍在读取，请稍后再按“解答”。",
    ),
    "refused_picture": (
        "The picture cannot be used. Choose another one or remove it, then press Solve.",
        "图片无法使用。请换一张或将其移除，再按“解答”。",
    ),
    "gold": ("Right answer, if you know it", "正确答案（如已知）"),
    "gold_hint": ("With it you also get a verdict.", "填写后还会给出判定。"),
    "solve": ("Solve", "解答"),
    "stop": ("Stop", "停止"),
    "settings": ("More settings", "更多设置"),
    "temperature": ("Variety (temperature)", "多样性（温度）"),
    "max_tokens": ("Longest answer, in tokens", "回答长度上限（词元）"),
    "samples": ("Answers to the same question", "同一题的回答数"),
    "which": ("Answer shown", "显示第几个回答"),
    # who answers
    "who": ("Who answers", "由谁解答"),
    "base": ("Small built-in model (reads the figure)", "内置小模型（读图作答）"),
    "formal, long": ("The known proof, told at length", "已知的证明（详细）"),
    "formal, short": ("The known proof, in short", "已知的证明（简要）"),
    "proof_only": (
        "This answerer knows the proofs of the examples only. For this question choose another under “Who answers”, or "
        "connect a server there.",
        "该解答者只知道示例题的证明。此题请在“由谁解答”中选择其他解答者，或连接一个服务器。",
    ),
    "proof_lost": ("The proof of this question could not be replayed.", "此题的证明无法重现。"),
    "worked out": ("Worked out from the text, without a model", "由题目文字推算（不用模型）"),
    "not_worked_out": (
        "What was read of this question does not determine the answer. Below stands what was read: correct it there, "
        "or add what only the figure shows.",
        "读到的内容不足以确定答案。下方列出已读到的内容，可在那里更正，或补上只在图中出现的条件。",
    ),
    "no_text": (
        "This answerer reads text alone. Write what is asked, or choose a model that sees under “Who answers”.",
        "该解答者只读文字。请写出所求，或在“由谁解答”中选择能看图的模型。",
    ),
    "no_proof_found": ("No proof of this was found.", "没有找到证明过程。"),
    "search_stopped": ("The search for a proof was stopped before its end.", "寻找证明的过程中途停止了。"),
    "follows": (
        "This follows from the question, as it was read (see below).",
        "按照从题目中读到的内容（见下方），可得此答案。",
    ),
    "follows_not": (
        "This does not follow from the question, as it was read (see below). What follows is",
        "按照从题目中读到的内容（见下方），得不到此答案。可得的是",
    ),
    "rests_on": ("From {0}.", "由 {0} 可得"),
    "reading": ("What was read of the question", "从题目中读到的内容"),
    "reading_lines": ("One statement a line", "每行一条"),
    "reading_hint": (
        "Correct what was misread and add what only the figure shows, for example: lines AB, ADC; ⊙O: AB; "
        "∠ABC = 53°; AB = 12; AB ∥ CD; AE touches ⊙O at A.",
        "可更正读错之处，并补上只在图中出现的条件，例如：lines AB, ADC；⊙O: AB；∠ABC = 53°；AB = 12；AB ∥ CD；"
        "AE touches ⊙O at A。",
    ),
    "read_again": ("Work it out again", "重新推算"),
    "not_in_time": (
        "This could not be worked out in time. Try it again, or take statements out.",
        "未能及时推算出结果。请重试，或去掉一些条件。",
    ),
    "read_picture": ("Read the figure", "读图"),
    "unread": ("Not understood, and so not used:", "未能理解，因而没有用到："),
    "certified": (
        "✓ The answer is certified: in every figure that has all of this,",
        "✓ 答案得到证实：在符合以上条件的任何图形中，",
    ),
    "refuted": (
        "✗ The answer does not follow from this: in every figure that has all of it,",
        "✗ 由以上条件得不到这个答案：在符合条件的任何图形中，",
    ),
    "determines": ("In every figure that has all of this,", "在符合以上条件的任何图形中，"),
    "between": ("It could be {0} as well as {1}.", "例如既可以是 {0}，也可以是 {1}。"),
    "outcome_refused": (
        "This cannot be worked out here: the question does not ask for one length, angle, area or number.",
        "此题无法在此推算：所求的不是单个长度、角度、面积或数值。",
    ),
    "goal_unread": (
        "What the question asks for was not understood. Ask for one length, angle, area or number, as in “Find AC.”",
        "未能理解所求的是什么。请明确求一个长度、角度、面积或数值，例如“求AC的长”。",
    ),
    "outcome_not_determined": (
        "This does not determine the answer: something is missing, perhaps what only the figure shows.",
        "以上条件不足以确定答案：还缺少条件，可能只在图中给出。",
    ),
    "outcome_contradiction": (
        "No figure has all of this at once, so something was misread or mistyped:",
        "没有图形能同时满足这些条件，其中必有读错或写错之处：",
    ),
    "outcome_no_figure": (
        "No figure was found that has all of this, so nothing can be said of the answer.",
        "没有找到满足全部条件的图形，因此无法判断答案。",
    ),
    "outcome_against_the_picture": (
        "Only figures that turn something round have all of this: something was misread.",
        "只有把图形翻转才能满足这些条件：应有读错之处。",
    ),
    "outcome_beyond": (
        "This holds something that cannot be worked out here.",
        "其中有此处无法推算的内容。",
    ),
    "server": ("A model on a server", "服务器上的模型"),
    "server_hint": (
        "Any server that speaks the OpenAI protocol: vLLM, SGLang, Ollama, a hosted one. On a laptop, Ollama with "
        "qwen2.5vl:3b is a good beginning; its address is http://localhost:11434/v1.",
        "任何兼容 OpenAI 接口的服务器：vLLM、SGLang、Ollama 或托管服务。笔记本电脑可先用 Ollama 运行 qwen2.5vl:3b，"
        "地址为 http://localhost:11434/v1。",
    ),
    "address": ("Address, up to /v1", "地址，以 /v1 结尾"),
    "key": ("Key, if it wants one (kept for this visit only)", "密钥（如需要，仅在本次访问中保留）"),
    "connect": ("Connect", "连接"),
    "connected": ("Connected. This model answers now:", "已连接，现由此模型解答："),
    "no_server": ("Enter the server's address first.", "请先填写服务器地址。"),
    # examples
    "examples": ("Try an example", "试试示例"),
    "family": ("Topic", "题型"),
    "any": ("All topics", "全部题型"),
    "level": ("Difficulty", "难度"),
    "level_of": ("difficulty {0:g} of 10", "难度 {0:g}/10"),
    "easy": ("Easy", "容易"),
    "medium": ("Medium", "中等"),
    "hard": ("Hard", "困难"),
    "values": ("Values are given", "数值位于"),
    "in_text": ("in the text", "文字中"),
    "in_picture": ("in the figure", "图中"),
    "fresh": ("Other examples", "换一批"),
    "from_run": ("Problems of the run", "数据中的题目"),
    "page": ("Page", "页"),
    "link": ("Link to this question", "此题链接"),
    # the answer
    "nothing_yet": (
        "**Solve** answers this question. Put your own picture and text in its place, or take one of these:",
        "按**解答**即可得到此题的答案。也可换成自己的图片和题目，或选择以下示例：",
    ),
    "thought": ("Thoughts", "思考过程"),
    "characters": ("characters", "字"),
    "checked": ("{0} statements checked:", "已检查 {0} 处论断："),
    "not_underlined": ("The first {0} are underlined.", "仅前 {0} 处带下划线。"),
    "checked_in_part": (
        "This answer is very long: what stands near its end was not checked.",
        "回答过长，接近结尾的部分未作检查。",
    ),
    "trust": ("Step by step", "逐步检查"),
    "download": ("Save as Markdown", "保存为 Markdown"),
    "answer": ("Answer", "答案"),
    "right": ("Right.", "正确。"),
    "not_right": ("Not right. The right answer is", "不正确。正确答案是"),
    "no_verdict": ("No verdict", "未作判定"),
    "right_is": ("The right answer is", "正确答案是"),
    "no_known_answer": (
        "The right answer is not known here, so there is no verdict.",
        "此题没有已知答案，因此不作判定。",
    ),
    "no_final_answer": ("No final answer was given.", "没有给出最终答案。"),
    "point_at": (
        "Click on an underlined step: you see why it holds, and where in the figure.",
        "点击带下划线的步骤，查看理由及其在图中的位置。",
    ),
    "point_at_text": ("Click on an underlined step to see why it holds.", "点击带下划线的步骤查看理由。"),
    "no_claims": ("There is nothing in this answer that could be checked.", "该回答中没有可检查的论断。"),
    "not_judged": ("The steps could not be checked", "未能检查各步骤"),
    "majority": ("Most say", "多数回答"),
    "sample": ("Answer", "回答"),
    "tokens": ("tokens", "词元"),
    "seconds": ("s", "秒"),
    "stopped": ("stopped", "已停止"),
    "running": ("thinking …", "思考中……"),
    "checking": ("checking the steps …", "正在检查各步骤……"),
    "failed": ("no answer", "没有回答"),
    "no_question": ("Write a question or choose an example first.", "请先输入题目或选择示例。"),
    "too_fast": ("Too many questions in a short time. Wait a little.", "提问过于频繁，请稍候。"),
    "left": ("Left", "左"),
    "right_side": ("Right", "右"),
    "both_say": ("Both give the same answer:", "两者答案相同："),
    "neither": ("Neither gives an answer.", "两者都没有给出答案。"),
    "they_differ": ("They give different answers.", "两者答案不同。"),
    "statements_false": ("False statements", "错误的论断"),
    "statements_checked": ("Statements checked", "检查的论断"),
    "length": ("Length", "长度"),
    "time": ("Time", "用时"),
    "compare_hint": (
        "Two answerers on the question of the first tab, side by side. What differs is shown first.",
        "由两个解答者回答“提问”页中的题目，并排显示，先列出不同之处。",
    ),
    # what is decided
    "true_many": ("true", "处正确"),
    "false_many": ("false", "处错误"),
    "unproven_many": ("not proven", "处未证实"),
    "withdrawn_many": ("taken back", "处已收回"),
    "correct": ("right", "正确"),
    "wrong": ("wrong", "错误"),
    "rejected": ("rejected", "不予判定"),
    "undecided": ("undecided", "无法判定"),
    # browsing
    "verdict": ("Verdict", "判定"),
    "reason": ("Reason of the verdict", "判定原因"),
    "filtered": ("Filter", "过滤原因"),
    "selected": ("Selection", "选择原因"),
    "source": ("Source", "来源"),
    "least_difficulty": ("Difficulty from", "难度不低于"),
    "most_difficulty": ("to (0: any)", "不高于（0：不限）"),
    "least_length": ("Tokens from", "词元数不少于"),
    "most_length": ("to (0: any)", "不多于（0：不限）"),
    "search": ("Words in the question, or its id", "题目中的文字或编号"),
    "search_text": ("Words in the answers", "解答中的文字"),
    "search_on": ("Search on", "继续搜索"),
    "what": ("Run, evaluation or comparison", "数据、评测或对比"),
    "filters": ("More filters", "更多筛选"),
    "flip": ("Changed", "变化"),
    "teacher": ("Answered by", "解答者"),
    "apply": ("Show", "显示"),
    "previous": ("Previous", "上一页"),
    "next": ("Next", "下一页"),
    "reasons": ("Reasons, most frequent first", "原因分布"),
    "export": ("Export", "导出所选"),
    "open": ("Report", "报告"),
    "claims": ("Every claim, with what decides it", "全部论断及依据"),
    "known": ("Right answer", "正确答案"),
    "diagram": ("figure", "图形"),
    "provenance": ("From", "出处"),
    "column_problem": ("problem", "题目"),
    "column_sample": ("answer", "第几个回答"),
    "column_verdict": ("verdict", "判定"),
    "column_reason": ("reason", "原因"),
    "column_flip": ("changed", "变化"),
    "column_length": ("tokens", "词元"),
    "column_difficulty": ("difficulty", "难度"),
    "column_filtered": ("filter", "过滤"),
    "column_selected": ("selection", "选择"),
    "column_source": ("source", "来源"),
    "count": ("{first:,} to {last:,} of {found:,} answers", "第 {first:,} 至 {last:,} 条，共 {found:,} 条"),
    "count_of": (", from {all:,} in all", "，总计 {all:,} 条"),
    "searched": ("{done:,} of {all:,} searched", "已搜索 {done:,} / {all:,}"),
    "nothing_found": (
        "Nothing matches. Remove a filter or search for fewer words.",
        "没有匹配的结果。请减少筛选条件或搜索词。",
    ),
    "no_traces": (
        "There are no answers in this run yet. Let it go on with redstar-geo data, then reload this page.",
        "此处还没有解答。请先用 redstar-geo data 继续运行，再刷新页面。",
    ),
    "cut_off": ("cut off before its end", "未说完"),
    "no_reports": (
        "There is no report in this folder yet. Evaluations, comparisons and trainings write theirs here.",
        "此文件夹中还没有报告。评测、对比和训练会在此写入报告。",
    ),
    "choose_row": ("Click on a row to read its answer.", "点击一行查看其解答。"),
}

LABELS: dict[str, dict[str, str]] = {
    "en": {key: english for key, (english, _) in _BOTH.items()},
    "zh-CN": {key: chinese for key, (_, chinese) in _BOTH.items()},
}


def words(accepted: str | None) -> Words:
    """The words for a browser's `Accept-Language`."""
    return LABELS["zh-CN" if (accepted or "").lower().startswith("zh") else "en"]

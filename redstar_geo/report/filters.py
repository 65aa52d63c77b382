"""What the filters dropped and kept: counts and shares of every reason, with examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from redstar_geo.report.page import write_page

_EXAMPLES = 5  # of each reason


def write_report(
    path: Path, counted: Mapping[str, int], examples: Mapping[str, Sequence[tuple[str, str]]], total: int
) -> None:
    """Write the report as one self-contained HTML file.

    Args:
        path: the file to write.
        counted: how many traces were rejected for each reason; a trace counts once.
        examples: for a reason, up to five pairs of a trace's name and its excerpt; shown as text, never as HTML.
        total: how many traces the filters saw.
    """
    rejected = sum(counted.values())
    reasons = [
        {
            "name": reason,
            "count": f"{count:,}",
            "share": _share(count, total),
            "shown": examples.get(reason, ())[:_EXAMPLES],
        }
        for reason, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]
    write_page(
        path,
        "filters.html",
        name=path.parent.name,
        total=f"{total:,}",
        kept=f"{total - rejected:,}",
        kept_share=_share(total - rejected, total),
        rejected=f"{rejected:,}",
        rejected_share=_share(rejected, total),
        reasons=reasons,
    )


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.2f} %" if total else "–"

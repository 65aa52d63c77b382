"""The live table of a sampling run, its JSONL log, and the summary at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

from rich.live import Live as RichLive
from rich.table import Table

from redstar_geo.generation.client import Client
from redstar_geo.progress import console
from redstar_geo.teacher.dispatch import Dispatcher, Teacher

_TABLE_S, _LOG_S = 0.5, 10.0


class Live:
    """Shows and logs where a dispatcher stands while its block runs."""

    def __init__(self, dispatcher: Dispatcher, teacher: Teacher, log: Path, problems: int) -> None:
        self.dispatcher, self.teacher, self.log, self.problems = dispatcher, teacher, log, problems

    async def __aenter__(self) -> Live:
        self._table = RichLive(console=console, refresh_per_second=2, get_renderable=self.table)
        self._table.start()
        self._task = asyncio.create_task(self._keep_log())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._table.stop()
        self._write()

    def state(self) -> dict[str, Any]:
        """The figures of this moment, as the log has them."""
        progress, budget = self.dispatcher.progress, self.dispatcher.budget
        seconds = max(progress.seconds, 1e-9)
        servers = self.teacher.servers if isinstance(self.teacher, Client) else []
        left = self.problems - progress.finished
        rate = progress.finished / seconds
        return {
            "seconds": round(seconds, 1),
            "problems": self.problems,
            "finished": progress.finished,
            "in_flight": self.teacher.in_flight,
            "requests": progress.requests,
            "resumed": progress.resumed,
            "outcomes": dict(progress.outcomes),
            "failures": dict(progress.failures),
            "requests_per_s": round(progress.requests / seconds, 2),
            "tokens_per_s": round(progress.tokens / seconds, 1),
            "cost": round(budget.spent, 4),
            "eta_s": round(left / rate) if rate and left else None,
            "stopped_by": progress.stopped_by,
            "retries": dict(self.teacher.retries) if isinstance(self.teacher, Client) else {},
            "servers": [
                {
                    "url": server.url,
                    "in_flight": server.pace.in_flight,
                    "limit": round(server.pace.limit, 1),
                    "down": server.pace.down,
                }
                for server in servers
            ],
        }

    def table(self) -> Table:
        """One row of figures for the run, one for each server."""
        now = self.state()
        table = Table(title=f"teacher · {_clock(now['seconds'])}", title_justify="left")
        for name in ("problems", "in flight", "requests", "verified", "wrong", "failed", "tokens/s", "cost", "ETA"):
            table.add_column(name, justify="right")
        outcomes = now["outcomes"]
        table.add_row(
            f"{now['finished']}/{self.problems}",
            str(now["in_flight"]),
            str(now["requests"]),
            str(outcomes.get("correct", 0)),
            str(outcomes.get("wrong", 0)),
            str(outcomes.get("failed", 0)),
            f"{now['tokens_per_s']:,.0f}",
            f"{now['cost']:.2f}",
            _clock(now["eta_s"]) if now["eta_s"] is not None else "–",
        )
        for server in now["servers"]:
            state = "down" if server["down"] else f"{server['in_flight']} of {server['limit']:.0f}"
            table.add_row(server["url"], state, *[""] * 7, style="dim")
        return table

    async def _keep_log(self) -> None:
        while True:
            await asyncio.sleep(_LOG_S)
            self._write()

    def _write(self) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            file.write(json.dumps({"time": stamp} | self.state(), ensure_ascii=False) + "\n")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"

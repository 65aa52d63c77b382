"""Gradio's queue, but fair: visitors take turns, none fills it or holds all places, and who leaves is noticed.

Gradio serves first come, first served, and lets a call whose reader has gone run to its end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import gradio as gr
from fastapi import Request
from gradio.queueing import Event, Queue

from redstar_geo.viewing.rate import RateLimit, visitor

AT_ONCE = 128  # calls that are worked on at a time, of all kinds
MOST, MOST_OF_ONE = 256, 64  # calls that wait or are worked on: of all visitors, of one
_OF_A_KIND = 2  # calls of one kind that are worked on at a time, unless it says otherwise
_POLL_S, _AGAIN_S = 0.005, 0.25
_SESSIONS_A_MINUTE, _SESSIONS_AT_ONCE = 30.0, 200  # of one visitor; what the page knows of each is kept for a while
Leave = Callable[[str], Awaitable[None]]


class FairQueue(Queue):
    """For one page.

    Args:
        on_leave: called with the session of a visitor who went away, as long as a call of theirs is worked on.
    """

    def __init__(self, page: gr.Blocks, on_leave: Leave | None = None) -> None:
        super().__init__(
            live_updates=True,
            concurrency_count=AT_ONCE,
            update_intervals=1,
            max_size=None,
            blocks=page,
            default_concurrency_limit=_OF_A_KIND,
        )
        self.sleep_when_free = _POLL_S  # Gradio looks for work every millisecond
        self._on_leave = on_leave
        self._sessions = RateLimit(_SESSIONS_A_MINUTE, _SESSIONS_AT_ONCE)
        self._turns: dict[str, int] = {}  # visitor → when they were served last, in turns
        self._turn = 0
        self._leaving: set[asyncio.Task[None]] = set()

    async def push(self, body: Any, request: Request, username: str | None) -> Any:
        """Take a call in, or say why not: before anything is done for it."""
        who = _visitor(request)
        calls = [*self._waiting(), *self._active()]
        if len(calls) >= MOST or sum(_visitor(call.request) == who for call in calls) >= MOST_OF_ONE:
            return False, "Too many calls at once. Wait for those that run.", "queue_full"
        new = body.session_hash not in self.pending_event_ids_session
        if new and not self._sessions.allows(who):
            return False, "Too many pages in a short time. Wait a little.", "queue_full"
        return await super().push(body, request, username)

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """The next call: of the visitor who was served longest ago.

        Nobody holds more than half of the places of a kind, or a quarter of all.
        """
        active = [(_visitor(call.request), call.concurrency_id) for call in self._active()]
        busy = {who for who, held in Counter(who for who, _ in active).items() if held >= AT_ONCE // 4}
        ready: list[tuple[int, str, Event]] = []
        for name, group in self.event_queue_per_concurrency_id.items():
            places = group.concurrency_limit or AT_ONCE
            if group.queue and group.current_concurrency < places:
                of_kind = Counter(who for who, kind in active if kind == name)
                full = busy | {who for who, held in of_kind.items() if held >= (places + 1) // 2}
                calls = ((_visitor(call.request), call) for call in group.queue)
                ready += [(self._turns.get(who, 0), name, call) for who, call in calls if who not in full]
        if not ready:
            return None
        _, name, call = min(ready, key=lambda each: each[0])
        self.event_queue_per_concurrency_id[name].queue.remove(call)
        self._served(_visitor(call.request))
        return [call], False, name

    def _served(self, who: str) -> None:
        self._turn += 1
        here = {_visitor(call.request) for call in (*self._waiting(), *self._active())} | {who}
        self._turns = {each: turn for each, turn in self._turns.items() if each in here} | {who: self._turn}

    async def clean_events(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        """Gradio calls it when a reader is gone; what they asked then ends at once, not with its next word."""
        if session_hash is not None and self._on_leave is not None:  # a task, since the caller may be cancelled
            task = asyncio.ensure_future(self._end(session_hash, self._on_leave))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        await super().clean_events(session_hash=session_hash, event_id=event_id)

    async def _end(self, session: str, on_leave: Leave) -> None:
        while any(call.session_hash == session and not call.alive for call in self._active()):
            await on_leave(session)  # again, for a call that was only being prepared
            await asyncio.sleep(_AGAIN_S)

    def compute_analytics_summary(self, records: Any) -> Any:
        """Left out: Gradio goes through thousands of past calls after each one, for a page that is not shown."""
        return self.cached_event_analytics_summary

    def _active(self) -> Iterator[Event]:
        return (call for job in self.active_jobs if job is not None for call in job)

    def _waiting(self) -> Iterator[Event]:
        return (call for group in self.event_queue_per_concurrency_id.values() for call in group.queue)


def _visitor(request: Any) -> str:
    return visitor(request.client.host if request.client else None)

"""Requests to a teacher: several at once, at the pace that was told, within the budget, again after failures.

A thread of its own runs them, so that a request that hangs can be given up, whatever it hangs in.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from typing import Any, Self

from attrx_web.env import Teacher
from labeling.teacher.money import Account, Usage
from labeling.teacher.pace import Bucket, Patience
from labeling.teacher.prompts import Message
from labeling.teacher.wire import Fault, Reply, cleaned, fault_of, open_client, send

PATIENCE = Patience()
ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "response_format": (),
    "temperature": (),
    "max_tokens": ("max_completion_tokens",),
}
"""Options that some servers refuse, and what each may be called instead; nothing: it is left out."""
STOPPED = "the run was stopped before it was asked"
UNPAID = "the budget did not allow to ask"


class End(StrEnum):
    """How a request ended."""

    TEXT = "text"
    FAILED = "failed"
    UNASKED = "unasked"
    """the budget did not allow it, or the run was stopped"""
    FATAL = "fatal"
    """and every other request would"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that is to be made."""

    messages: Sequence[Message]
    most: Usage
    """an upper estimate of what it uses"""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a request."""

    end: End
    text: str = ""
    error: str = ""
    used: Usage = Usage()
    """of all its attempts"""
    guessed: bool = False
    """some of that is the estimate: the server did not say"""
    is_cut: bool = False
    attempts: int = 0
    seconds: float = 0.0


class Caller:
    """Asks a teacher, as long as the block lasts. Requests that are under way at its end are given up."""

    def __init__(
        self,
        teacher: Teacher,
        account: Account,
        *,
        bucket: Bucket,
        options: Mapping[str, Any],
        patience: Patience = PATIENCE,
    ) -> None:
        self.teacher, self.account, self.bucket, self.patience = teacher, account, bucket, patience
        self.options = dict(options)
        """of every request, as long as the server takes them"""
        self.client = open_client(teacher, seconds=patience.seconds)
        self.stopped = asyncio.Event()
        self._freed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="teacher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._give_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, requests: Sequence[Request]) -> "Future[list[Said]]":
        """Make these requests one after the other: what became of each, until one is not to be made."""
        return asyncio.run_coroutine_threadsafe(self._ask(requests), self._loop)

    def stop(self) -> None:
        """Begin no more requests; those under way come to their end, but are not tried again."""

        def stop() -> None:
            self.stopped.set()
            self._freed.set()

        self._loop.call_soon_threadsafe(stop)

    async def reserve(self, most: Usage) -> Usage | None:
        """Set the estimate aside, perhaps once others are done; None where it is not to be used."""
        while not self.stopped.is_set():
            reserved = self.account.reserve(most)
            if reserved is not None or not self.account.reserved.tokens:
                return reserved
            self._freed.clear()
            await self._freed.wait()
        return None

    def freed(self) -> None:
        """What was set aside for a request is accounted for: the budget may allow another."""
        self._freed.set()

    async def pause(self, seconds: float) -> None:
        """Wait, unless the run is stopped meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds)

    async def turn(self) -> None:
        """Wait until the pace allows a request."""
        await self.pause(self.bucket.take(time.monotonic()))
        while (held := self.bucket.held(time.monotonic())) and not self.stopped.is_set():
            await self.pause(held)

    async def _ask(self, requests: Sequence[Request]) -> list[Said]:
        said: list[Said] = []
        for request in requests:
            said.append(await _Attempts(self, request).run())
            if said[-1].end in (End.UNASKED, End.FATAL):
                break
        return said

    async def _give_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.client.close()


class _Attempts:
    """A request with all its attempts."""

    def __init__(self, caller: Caller, request: Request) -> None:
        self.caller, self.request = caller, request
        self.options: dict[str, Any] = {}
        self.used, self.guessed = Usage(), False
        self.number = 0
        self.seconds = 0.0

    async def run(self) -> Said:
        """Try until there is an answer, or trying again is no use."""
        while True:
            reserved = await self.caller.reserve(self.request.most)
            if reserved is None:
                return self._unasked()
            await self.caller.turn()
            if self.caller.stopped.is_set():
                self._account(reserved, used=False)
                return self._unasked()
            try:
                reply = await self._once()
            except Exception as error:  # Whatever a client raises on whatever a server does.
                fault = fault_of(error)
                self._account(reserved, used=fault.used)
                if fault.misfit and self._adapt(fault.reason):
                    continue
                if said := self._given_up(fault):
                    return said
                await self._wait(fault)
            else:
                return self._answered(reply, reserved)

    async def _once(self) -> Reply:
        self.number += 1
        self.options = dict(self.caller.options)
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.caller.patience.seconds):
                return await send(self.caller.client, self.options | {"messages": self.request.messages})
        finally:
            self.seconds += time.monotonic() - began

    def _answered(self, reply: Reply, reserved: Usage) -> Said:
        if reply.usage is None:
            self._account(reserved, used=True)
            self.caller.account.is_open = True
        else:
            self.caller.account.settle(reserved, reply.usage, estimate=self.request.most)
            self.caller.freed()
            self.used += reply.usage
        return self._said(End.TEXT, text=reply.text, is_cut=reply.is_cut)

    def _given_up(self, fault: Fault) -> Said | None:
        """How the request ends, unless it is to be tried again."""
        patience = self.caller.patience
        if fault.wait is not None and fault.wait > patience.longest_wait:
            left_alone = f"{fault.reason}; it asks to wait for {fault.wait:.0f} s"
            return self._said(End.FATAL, error=left_alone)
        if fault.again and self.caller.stopped.is_set():
            return self._unasked()
        if fault.again and self.number < patience.attempts:
            return None
        times = f" ({self.number} times)" if self.number > 1 else ""
        return self._said(End.FATAL if fault.fatal else End.FAILED, error=f"{fault.reason}{times}")

    async def _wait(self, fault: Fault) -> None:
        if fault.wait is not None:
            self.caller.bucket.hold(time.monotonic() + fault.wait)
        else:
            await self.caller.pause(self.caller.patience.wait(self.number, jitter=random.random()))

    def _adapt(self, reason: str) -> bool:
        """Do without the option that the server complains about; says whether there is one."""
        for name, instead in ALTERNATIVES.items():
            if name in self.options and name in reason:
                if name in self.caller.options:
                    value = self.caller.options.pop(name)
                    self.caller.options |= dict.fromkeys(instead, value)
                return True
        return False

    def _account(self, reserved: Usage, *, used: bool) -> None:
        if used:
            self.caller.account.write_off(reserved)
            self.used += reserved
            self.guessed = True
        else:
            self.caller.account.release(reserved)
        self.caller.freed()

    def _unasked(self) -> Said:
        return self._said(End.UNASKED, error=STOPPED if self.caller.stopped.is_set() else UNPAID)

    def _said(self, end: End, *, text: str = "", error: str = "", is_cut: bool = False) -> Said:
        key = self.caller.teacher.key
        return Said(
            end,
            cleaned(text, key=key),
            cleaned(error, key=key),
            self.used,
            self.guessed,
            is_cut,
            self.number,
            round(self.seconds, 3),
        )

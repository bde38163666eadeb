"""A browser that labels as fast as it can, and may be killed at any time: a program of its own.

    python tests/flows/storm_client.py PORT SESSION OUTBOX SEED

What it does is written to the file OUTBOX before it is sent, and the reply when it came, a line of JSON each,
as a page does in the browser's storage. A client that is started again with the same file goes on from there;
with "drain" in place of SEED it only sends what is left, and ends.
"""

import json
import os
import random
import sys
from http.client import HTTPConnection, HTTPException
from threading import Event
from typing import Any

Json = dict[str, Any]

VALUES = {"colour": ["red", "blue"], "closing": ["zip", "button"]}
AGAIN_SECONDS = 0.02
"""From one try to the next while nobody answers."""
TIMEOUT_SECONDS = 30.0
SERVER_ERROR = 3
"""Exit code: the server answered something that it must not."""


class Outbox:
    """The messages and their replies, in a file that outlives the process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        self.unsent: dict[str, Json] = {}
        with open(path) as lines:
            for line in lines:
                if line.endswith("\n"):
                    self._note(json.loads(line))
                else:
                    # The process was killed as it wrote this.
                    os.ftruncate(self._file, os.path.getsize(path) - len(line.encode()))

    def add(self, message: Json) -> None:
        """Keep a message that is to be sent."""
        self._write({"message": message})

    def got(self, reply: Json) -> None:
        """Keep the reply to a message."""
        kept = {name: reply[name] for name in ("key", "status", "error") if name in reply}
        self._write({"reply": kept})

    def _write(self, entry: Json) -> None:
        os.write(self._file, (json.dumps(entry) + "\n").encode())
        self._note(entry)

    def _note(self, entry: Json) -> None:
        if "message" in entry:
            self.unsent[entry["message"]["key"]] = entry["message"]
        else:
            self.unsent.pop(entry["reply"]["key"], None)


class Client:
    """One window of one person."""

    def __init__(self, port: int, session: str, outbox: Outbox, chance: random.Random) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._headers = {
            "Cookie": f"sessionid={session}; csrftoken={'c' * 32}",
            "X-CSRFToken": "c" * 32,
            "Content-Type": "application/json",
        }
        self._outbox, self._chance = outbox, chance
        self._finished: list[int] = []
        self._pause = Event()

    def work(self) -> None:
        """Label for ever."""
        self.flush()
        held: list[Json] = []
        while True:
            held += self.lease(self._chance.randint(1, 3), held)
            if held:
                self._label(held.pop(0))
            if self._finished and self._chance.random() < 0.15:
                self._reopen(self._chance.choice(self._finished))
            if self._chance.random() < 0.2:
                self.post("heartbeat", {"tokens": [item["token"] for item in held]})
            if held and self._chance.random() < 0.05:
                # The page is gone without a word, and its listings with it.
                held.clear()

    def lease(self, count: int, held: list[Json]) -> list[Json]:
        """Get so many items more, if there are any."""
        have = [item["turn"] for item in held]
        items: list[Json] = self.post("lease", {"purposes": ["gold"], "count": count, "have": have})["items"]
        return items

    def _label(self, item: Json) -> None:
        """Answer and finish, or put it aside; now and then say something else first, or send it twice."""
        said = self._chance.random()
        if said < 0.06:
            self.send(item, "aside", reason="", minutes=self._chance.randint(1, 5))
            return
        if said < 0.12:
            self.send(item, "remark", text="blurred", attribute="", flag=False)
        for attribute in VALUES:
            for _ in range(self._chance.choice([1, 1, 1, 2])):
                self._answer(item, attribute)
        if self.send(item, "finish", seconds=1)["status"] == "done":
            self._finished.append(item["turn"])

    def _reopen(self, turn: int) -> None:
        reply = self.send({"turn": turn, "token": None}, "reopen")
        if reply.get("item"):
            self._answer(reply["item"], self._chance.choice(list(VALUES)))
            self.send(reply["item"], "finish", seconds=1)

    def _answer(self, item: Json, attribute: str) -> None:
        value = self._chance.choice(VALUES[attribute])
        self.send(item, "answer", attribute=attribute, values=[value])

    def send(self, item: Json, kind: str, **fields: Any) -> Json:
        """Keep a message, send all that is unsent, and return the reply to it."""
        key = f"{self._chance.getrandbits(64):016x}"
        head = {"kind": kind, "key": key, "turn": item["turn"], "token": item["token"]}
        self._outbox.add(head | fields)
        return self.flush()[key]

    def flush(self) -> dict[str, Json]:
        """Send what is unsent, sometimes twice; returns {key: reply}."""
        messages = list(self._outbox.unsent.values())
        if not messages:
            return {}
        replies = self.post("outbox", {"messages": messages})["replies"]
        if self._chance.random() < 0.05:
            again = self.post("outbox", {"messages": messages})["replies"]
            kept = [one for one, reply in zip(messages, replies, strict=True) if reply["status"] != "refused"]
            for message in kept:
                first, second = (_said(found, message["key"]) for found in (replies, again))
                if first != second:
                    _give_up(f"{message} was answered with {first} and then with {second}")
        for message, reply in zip(messages, replies, strict=True):
            if reply["status"] == "refused" and message["kind"] != "reopen":
                _give_up(f"{message} was refused: {reply}")
            self._outbox.got(reply)
        return {reply["key"]: reply for reply in replies}

    def post(self, name: str, content: Json) -> Json:
        """Send until there is a reply, as a page does whose server is gone."""
        body = json.dumps(content)
        while True:
            try:
                self._connection.request("POST", f"/label/api/{name}", body, self._headers)
                if name == "outbox" and self._chance.random() < 0.03:
                    # The connection breaks before the reply: nobody knows whether it was done.
                    self._connection.close()
                    continue
                answer = self._connection.getresponse()
                read = answer.read()
            except (OSError, HTTPException):
                self._pause.wait(AGAIN_SECONDS)
                continue
            finally:
                self._connection.close()
            if answer.status != 200:
                _give_up(f"{name} was answered with {answer.status}: {read[-2000:].decode()}")
            found: Json = json.loads(read)
            return found


def _said(replies: list[Json], key: str) -> Json:
    """The reply to the key, without the item, which is as it is now."""
    return next(
        {name: reply[name] for name in reply if name != "item"} for reply in replies if reply["key"] == key
    )


def _give_up(problem: str) -> None:
    print(problem, flush=True)
    sys.exit(SERVER_ERROR)


if __name__ == "__main__":
    port, session, path, seed = sys.argv[1:]
    client = Client(int(port), session, Outbox(path), random.Random(seed))
    if seed == "drain":
        client.flush()
    else:
        client.work()

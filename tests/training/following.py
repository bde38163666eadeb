"""A consumer of the feed of changes: it keeps what holds, a cursor, and every event it was given."""

from dataclasses import dataclass, field
from typing import Any

from tests.api.calling import Api

Question = tuple[str, str, str]
"""(listing, vertical, attribute)"""


@dataclass
class Follower:
    """As docs/guide/predict.md tells consumers to do it.

    Args:
        size: of a page of changes.
    """

    api: Api
    size: int = 50
    holds: dict[Question, Any] = field(default_factory=dict)
    events: list[tuple[str | None, str, str]] = field(default_factory=list)
    cursor: str = ""

    def begin(self) -> None:
        """Take the cursor of now, then everything."""
        self.cursor = self._get("accepted/changes")["cursor"]
        self.holds = {}
        self._read()

    def follow(self) -> int:
        """Do what the feed says until there is no more; returns how many events there were."""
        before = len(self.events)
        while True:
            page = self._get("accepted/changes", since=self.cursor, size=self.size)
            for change in page["results"]:
                self._apply(change)
            self.cursor = page["cursor"]
            if not page["more"]:
                return len(self.events) - before

    def _apply(self, change: dict[str, Any]) -> None:
        listing, vertical, attribute = change["listing"], change["vertical"], change["attribute"]
        self.events.append((listing, vertical, attribute))
        if listing is None:
            for question in [one for one in self.holds if one[1:] == (vertical, attribute)]:
                del self.holds[question]
            self._read(vertical=vertical, attribute=attribute)
        elif change["accepted"] is None:
            self.holds.pop((listing, vertical, attribute), None)
        else:
            self._keep(change["accepted"])

    def _read(self, **filters: str) -> None:
        page = self._get("accepted", size=self.size, **filters)
        while True:
            for answer in page["results"]:
                self._keep(answer)
            if page["next"] is None:
                return
            page = self._get(page["next"])

    def _keep(self, answer: dict[str, Any]) -> None:
        self.holds[answer["listing"], answer["vertical"], answer["attribute"]] = answer

    def _get(self, path: str, **query: Any) -> Any:
        answer = self.api.get(path, None, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()

"""What must hold afterwards: no turn had two people, and every acknowledged answer is there exactly once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from labeling.models import Annotation, Turn
from training.queue_benchmark.people import Log


@dataclass(frozen=True, slots=True)
class Findings:
    """How often something happened that must not."""

    double_leases: int
    """turns that two people got, though nobody let one expire"""
    lost_answers: int
    """acknowledged, and not in the database as they were given"""
    doubled_answers: int
    """of the same person, turn and attribute, beyond the first"""
    lost_ends: int
    """turns whose end was acknowledged and that the person has not finished in the database"""
    problems: int
    """answers of the server that nobody expects"""

    @property
    def is_good(self) -> bool:
        """Nothing of it happened."""
        return not any(asdict(self).values())


def findings_of(logs: Sequence[Log], *, using: str) -> Findings:
    """Compare what people were told with what the database says."""
    people = Counter(turn for log in logs for turn in set(log.leased))
    fields = ("idempotency_key", "task__turns", "attribute__code", "values", "annotator")
    kept = Counter(
        (key, turn, code, tuple(values), person)
        for key, turn, code, values, person in Annotation.objects.using(using).values_list(*fields)
    )
    questions = Counter((turn, code, person) for _, turn, code, _, person in kept.elements())
    wanted = [
        (f"{log.person_id}:{key}", turn, code, (value,), log.person_id)
        for log in logs
        for key, (turn, code, value) in log.acknowledged.items()
    ]
    ended = {(turn, log.person_id) for log in logs for turn in log.finished}
    finished = Turn.objects.using(using).exclude(finished=None).values_list("pk", "person")
    return Findings(
        double_leases=sum(count > 1 for count in people.values()),
        lost_answers=sum(kept[answer] != 1 for answer in wanted),
        doubled_answers=sum(count - 1 for count in questions.values()),
        lost_ends=len(ended - set(finished)),
        problems=sum(len(log.problems) for log in logs),
    )

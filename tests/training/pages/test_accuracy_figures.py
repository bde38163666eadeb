"""Every figure on the pages of accuracy is what scikit-learn and statsmodels make of the answers on gold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from attrx_web.roles import Role
from catalog.models import Listing
from tests.factories import user_with
from tests.queues import Queue
from tests.training.golden import round_by_chance, varied_catalogue
from tests.training.pages.tables import TableCell, tables_of
from training.models import GoldAnswer, Round

pytestmark = pytest.mark.usefixtures("base_model", "queue")

NEAR = 1e-5
"""In percent: pages write six decimals."""
ATTRIBUTES = [("kurta", "color"), ("kurta", "uses"), ("lamp", "shape")]
VALUES = {
    "color": ["red", "blue", "grey"],
    "uses": ["home", "work, office", "sport"],
    "shape": ["round", "square"],
}
Said = list[tuple[str, str]]
"""(truth, what was said or nothing) of gold questions, in one order."""
Shown = dict[str, list[list[TableCell]]]


@pytest.fixture
def round_(db: None, base_model: object, queue: Queue) -> Round:
    """The third round; the first made the champion, the second trained on its own answers."""
    varied_catalogue(1)
    round_by_chance(101, iterations=1)
    round_by_chance(301, iterations=1, strategy="self_training")
    return round_by_chance(201)


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(user_with(Role.REVIEWER))
    return client


def shown(client: Client, name: str, *codes: str, **query: str | int) -> Shown:
    answer = client.get(reverse(f"training:{name}", args=codes), query)
    assert answer.status_code == 200
    return tables_of(answer.content.decode())


def said(
    round_: Round, iteration: int, vertical: str = "", attribute: str = "", method: str = "greedy"
) -> Said:
    rows = GoldAnswer.objects.filter(round=round_, iteration=iteration)
    rows = rows.filter(attribute__vertical__code=vertical) if vertical else rows
    rows = rows.filter(attribute__code=attribute) if attribute else rows
    return list(rows.order_by("listing", "attribute").values_list("truth", method))


def iterations(round_: Round) -> list[int]:
    rows = GoldAnswer.objects.filter(round=round_).order_by("iteration")
    return list(rows.values_list("iteration", flat=True).distinct())


def accuracy(answers: Said) -> tuple[object, ...]:
    """In percent, with Wilson's interval, near what a page writes."""
    truths, saids = zip(*answers, strict=True)
    share = accuracy_score(truths, saids)
    return percents(share, *wilson(accuracy_score(truths, saids, normalize=False), len(answers)))


def wilson(hits: float, count: float) -> tuple[float, float]:
    low, high = proportion_confint(hits, count, alpha=0.05, method="wilson")
    return float(low), float(high)


def percents(*shares: float) -> tuple[object, ...]:
    return tuple(pytest.approx(100 * one, abs=NEAR) for one in shares)


def unparseable(answers: Said) -> tuple[object, ...]:
    none = sum(not one for _, one in answers)
    return percents(none / len(answers), *wilson(none, len(answers)))


def mean(parts: Sequence[Said], weights: Sequence[float]) -> tuple[object, ...]:
    """The weighted mean of the parts' accuracies; its interval by MOVER from statsmodels' intervals."""
    hits = np.array([accuracy_score(*zip(*part, strict=True), normalize=False) for part in parts])
    counts = np.array([len(part) for part in parts])
    value = np.average(hits / counts, weights=weights)
    share = np.array(weights) / sum(weights)
    low, high = proportion_confint(hits, counts, alpha=0.05, method="wilson")
    below = np.sqrt(np.sum((share * (hits / counts - low)) ** 2))
    above = np.sqrt(np.sum((share * (high - hits / counts)) ** 2))
    return percents(value, max(0, value - below), min(1, value + above))


def to_halve(answers: Said) -> int:
    """Found by trying, with statsmodels' intervals."""
    share = sum(truth == one for truth, one in answers) / len(answers)

    def width(count: int) -> float:
        low, high = wilson(share * count, count)
        return high - low

    count = len(answers)
    while width(count) > width(len(answers)) / 2 + 1e-12:
        count += 1
    return count - len(answers)


def best(round_: Round, vertical: str = "", attribute: str = "") -> int:
    def right(iteration: int) -> tuple[int, int]:
        answers = said(round_, iteration, vertical, attribute)
        return sum(truth == one for truth, one in answers), -iteration

    return max((one for one in iterations(round_) if one >= 0), key=right)


def champion(round_: Round) -> tuple[Round, int]:
    """Of the first round, the best: no other was promoted."""
    first = Round.objects.order_by("pk")[0]
    return first, best(first)


def self_training(round_: Round) -> Round:
    return Round.objects.order_by("pk")[1]


def test_models_have_accuracies_means_and_what_could_not_be_read(round_: Round, client: Client) -> None:
    rows = shown(client, "accuracy", round=round_.pk)["models"]
    assert len(rows) == len(iterations(round_)) >= 3
    weights = [
        Listing.objects.filter(vertical__code=vertical, retired=False).count() for vertical, _ in ATTRIBUTES
    ]
    for iteration, row in zip(iterations(round_), rows, strict=True):
        _, greedy, majority, first, rival, macro, weighted, unread = [cell.figures for cell in row]
        parts = [said(round_, iteration, *place) for place in ATTRIBUTES]
        assert greedy == accuracy(said(round_, iteration))
        assert majority == accuracy(said(round_, iteration, method="majority"))
        assert first == accuracy(said(*champion(round_)))
        kept = said(self_training(round_), iteration)
        assert rival == (accuracy(kept) if kept else (None, None, None))
        assert macro == mean(parts, [1, 1, 1])
        assert weighted == mean(parts, weights)
        assert unread == unparseable(said(round_, iteration))


def test_verticals_have_accuracies_means_and_labels_to_come(round_: Round, client: Client) -> None:
    rows = shown(client, "accuracy", round=round_.pk)["parts"]
    top = best(round_)
    for vertical, row in zip(("kurta", "lamp"), rows, strict=True):
        cells = row[2:]
        for iteration, cell in zip(iterations(round_), cells, strict=False):
            assert cell.figures == accuracy(said(round_, iteration, vertical))
        macro, unread, questions, halve = cells[len(iterations(round_)) :]
        parts = [said(round_, top, *place) for place in ATTRIBUTES if place[0] == vertical]
        assert macro.figures == mean(parts, [1] * len(parts))
        assert unread.figures == unparseable(said(round_, top, vertical))
        assert questions.value == len(said(round_, top, vertical))
        assert halve.value == to_halve(said(round_, top, vertical))


def test_a_vertical_has_the_same_of_its_attributes(round_: Round, client: Client) -> None:
    page = shown(client, "accuracy_vertical", "kurta", round=round_.pk)
    parts = [("kurta", "color"), ("kurta", "uses")]
    for iteration, row in zip(iterations(round_), page["models"], strict=True):
        assert row[1].figures == accuracy(said(round_, iteration, "kurta"))
        assert row[5].figures == mean([said(round_, iteration, *place) for place in parts], [1, 1])
    top = best(round_, "kurta")
    for place, row in zip(parts, page["parts"], strict=True):
        for iteration, cell in zip(iterations(round_), row[2:], strict=False):
            assert cell.figures == accuracy(said(round_, iteration, *place))
        f1, unread, questions, halve = row[-4:]
        answers = said(round_, top, *place)
        assert f1.value == pytest.approx(100 * np.mean(by_value(answers, place[1])[2]), abs=NEAR)
        assert unread.figures == unparseable(answers)
        assert (questions.value, halve.value) == (len(answers), to_halve(answers))


def by_value(answers: Said, attribute: str) -> tuple[np.ndarray, ...]:
    """Precision, recall, F1 and counts of every answer that occurs, by scikit-learn."""
    names = occurring(answers, attribute)
    binary = MultiLabelBinarizer(classes=[*names, "no answer"])
    true, given = (
        binary.fit_transform([values(one, attribute) for one in side]) for side in zip(*answers, strict=True)
    )
    found = precision_recall_fscore_support(
        true, given, labels=range(len(names)), average=None, zero_division=np.nan
    )
    return (*found, given.sum(axis=0)[:-1], (true & given).sum(axis=0)[:-1])


def values(text: str, attribute: str) -> list[str]:
    """By looking for each value: none is part of another."""
    if text in ("not visible", "not applicable", "unknown"):
        return [text]
    return [value for value in VALUES[attribute] if value in text]


def occurring(answers: Said, attribute: str) -> list[str]:
    found = {value for pair in answers for text in pair for value in values(text, attribute)}
    return [one for one in VALUES[attribute] if one in found] + sorted(found - set(VALUES[attribute]))


def test_values_have_precision_recall_and_f1(round_: Round, client: Client) -> None:
    for iteration, (vertical, attribute) in product(iterations(round_), ATTRIBUTES):
        page = shown(client, "accuracy_attribute", vertical, attribute, round=round_.pk, model=iteration)
        answers = said(round_, iteration, vertical, attribute)
        figures = zip(*by_value(answers, attribute), strict=True)
        names = occurring(answers, attribute)
        assert [row[0].text for row in page["values"]] == names
        for row, (precision, recall, f1, true, given, both) in zip(page["values"], figures, strict=True):
            assert row[2].figures == share(precision, both, given)
            assert row[3].figures == share(recall, both, true)
            low, high = wilson(both, true + given - both)
            assert row[4].figures == percents(f1, 2 * low / (1 + low), 2 * high / (1 + high))
            assert (row[5].value, row[6].value) == (true, given)


def share(value: float, hits: float, count: float) -> tuple[object, ...]:
    return percents(value, *wilson(hits, count)) if count else (None, None, None)


def test_confusions_are_counted(round_: Round, client: Client) -> None:
    for vertical, attribute in ATTRIBUTES:
        page = shown(client, "accuracy_attribute", vertical, attribute, round=round_.pk)
        answers = said(round_, best(round_, vertical, attribute), vertical, attribute)
        wrong = Counter(pair for pair in answers if pair[0] != pair[1])
        listed = {
            (row[0].text, "" if row[1].text == "unparseable" else row[1].text): row[2].value
            for row in page["mistakes"]
        }
        assert listed == dict(sorted(wrong.items(), key=lambda one: (-one[1], one[0]))[:15])


def test_the_table_of_confusions_is_scikit_learns(round_: Round, client: Client) -> None:
    for vertical, attribute in (("kurta", "color"), ("lamp", "shape")):
        page = shown(client, "accuracy_attribute", vertical, attribute, round=round_.pk)
        answers = said(round_, best(round_, vertical, attribute), vertical, attribute)
        columns = occurring(answers, attribute)
        matrix = confusion_matrix(*zip(*answers, strict=True), labels=[*columns, ""])
        at = [columns.index(row[0].text.rsplit(" ", 1)[0]) for row in page["heat"]]
        assert [[cell.value for cell in row[1:]] for row in page["heat"]] == matrix[at].tolist()
        assert matrix[at].sum() == len(answers)


def test_a_table_of_many_answers_loses_none(round_: Round, client: Client) -> None:
    page = shown(client, "accuracy_attribute", "kurta", "uses", round=round_.pk)
    total = sum(cell.value or 0 for row in page["heat"] for cell in row[1:])
    assert total == len(said(round_, best(round_, "kurta", "uses"), "kurta", "uses"))


def comparisons(round_: Round, *place: str) -> Iterator[tuple[str, Said, Said]]:
    """The comparisons that a page should show, in its order: name of the other, and both models' answers."""
    for iteration in reversed([one for one in iterations(round_) if one >= 0]):
        mine = said(round_, iteration, *place)
        if iteration > 1:
            yield "SFT", mine, said(round_, 0, *place)
        yield label(iteration - 1), mine, said(round_, iteration - 1, *place)
        other, best_ = champion(round_)
        yield f"Round {other.pk}, {label(best_)}", mine, said(other, best_, *place)


def label(iteration: int) -> str:
    return {-1: "Zero-shot", 0: "SFT"}.get(iteration, f"Iteration {iteration}")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("accuracy", ()),
        ("accuracy_vertical", ("kurta",)),
        ("accuracy_attribute", ("kurta", "uses")),
    ],
)
def test_differences_and_their_tests_are_those_of_statsmodels(
    round_: Round, client: Client, name: str, place: tuple[str, ...]
) -> None:
    rows = shown(client, name, *place, round=round_.pk)["tests"]
    for row, (other, mine, its) in zip(rows, comparisons(round_, *place), strict=True):
        table = np.zeros((2, 2))
        for (truth, one), (_, another) in zip(mine, its, strict=True):
            table[int(truth == one), int(truth == another)] += 1
        points = 100 * (table[1].sum() - table[:, 1].sum()) / table.sum()
        assert row[1].text.startswith(other)
        assert row[3].value == pytest.approx(points, abs=NEAR)
        assert (row[4].value, row[5].value, row[7].value) == (table[1, 0], table[0, 1], table.sum())
        assert row[6].value == pytest.approx(mcnemar(table, exact=True).pvalue, rel=1e-9)

"""Model versions that were measured on gold, with their files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.models import Attribute, Listing, Status, Vertical
from tests.factories import AttributeFactory, ListingFactory
from tests.training.rounds import metric, round_in
from training.ml.run import Stage
from training.models import GoldAnswer, ModelVersion, Round
from training.services.versions import version_offer, version_record

WEIGHTS = b"w" * 1000


def gold_inputs(
    sizes: Mapping[str, int],
    *,
    truths: tuple[str, ...] = ("red", "blue"),
    allowed: tuple[str, ...] = ("red", "blue"),
) -> Any:
    """Frozen inputs with one gold question for each of so many listings a vertical, labelled in turn."""
    return {
        "counts": {"seed": 10, "gold": sum(sizes.values()), "pool": 40},
        "base_model": {"base": "tiny", "fingerprint": "abc"},
        "code": "0123456789abcdef",
        "verticals": [
            {
                "name": vertical,
                "code": vertical,
                "attributes": [
                    {
                        "name": "colour",
                        "code": "colour",
                        "description": "The colour",
                        "allowed_values": list(allowed),
                        "value_codes": list(allowed),
                        "multi": False,
                    }
                ],
            }
            for vertical in sizes
        ],
        "listings": {
            "gold": [
                {
                    "listing_id": f"{vertical}-{place}",
                    "vertical": vertical,
                    "title": "",
                    "description": "",
                    "group": f"{vertical}-{place}",
                    "images": [{"file": "photo.png", "sha256": "abc"}],
                    "answers": {"colour": truths[place % len(truths)]},
                    "evidence": {},
                }
                for vertical, size in sizes.items()
                for place in range(size)
            ]
        },
    }


def round_over(sizes: Mapping[str, int], status: Status = Status.DONE, **inputs: Any) -> Round:
    """A round whose gold set has so many questions a vertical."""
    return round_in(status, inputs=gold_inputs(sizes, **inputs))


def version_with(
    round_: Round, right: Mapping[str, int], iteration: int = 0, *, start: str = ""
) -> ModelVersion:
    """A version with files that answers the first so many gold questions of each vertical rightly."""
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path
    adapter = folder / Stage(iteration, "dpo" if iteration else "sft").key / "adapter"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    (adapter / "adapter_model.safetensors").write_bytes(WEIGHTS)
    (adapter / "manifest.json").write_text(json.dumps({"versions": {"torch": "2.13.0"}}))
    (adapter / "README.md").write_text("What peft writes.")
    version = version_record(
        round_id=round_.pk,
        iteration=iteration,
        base_model="tiny",
        adapter=adapter,
        manifest={
            "base_model": round_.inputs["base_model"],
            "code": round_.inputs["code"],
            "inputs_sha256": "def",
            "params": round_.params,
            "result": {"steps": 4},
        },
        start=start,
    )
    _evaluate(round_, version, right)
    return version


def offered(round_: Round, right: Mapping[str, int], iteration: int = 0) -> ModelVersion:
    """A version that won its round."""
    version = version_with(round_, right, iteration)
    version_offer(version_id=version.pk)
    return version


def _evaluate(round_: Round, version: ModelVersion, right: Mapping[str, int]) -> None:
    by_vertical: dict[str, list[dict[str, Any]]] = {name: [] for name in right}
    for row in round_.inputs["listings"]["gold"]:
        by_vertical[row["vertical"]].append(row)
    for position, (name, correct) in enumerate(right.items(), 1):
        vertical, _ = Vertical.objects.get_or_create(
            code=name, defaults={"label": name.capitalize(), "position": position}
        )
        rows = by_vertical[name]
        _answer(round_, version, vertical, rows, correct)
        metric(round_, version.iteration, correct=correct, questions=len(rows), vertical=vertical)
    asked = len(round_.inputs["listings"]["gold"])
    metric(round_, version.iteration, correct=sum(right.values()), questions=asked)


def _answer(
    round_: Round, version: ModelVersion, vertical: Vertical, rows: Sequence[dict[str, Any]], correct: int
) -> None:
    """The version's answers about listings of one vertical, the first so many right."""
    names = [row["listing_id"] for row in rows]
    known = set(Listing.objects.filter(external_id__in=names).values_list("external_id", flat=True))
    Listing.objects.bulk_create(
        ListingFactory.build(vertical=vertical, external_id=name) for name in names if name not in known
    )
    listings = dict(Listing.objects.filter(external_id__in=names).values_list("external_id", "pk"))
    colour = Attribute.objects.filter(vertical=vertical, code="colour").first() or AttributeFactory.create(
        vertical=vertical, code="colour"
    )
    GoldAnswer.objects.bulk_create(
        gold_answer(
            round_,
            version.iteration,
            listings[row["listing_id"]],
            colour,
            truth=row["answers"]["colour"],
            said=row["answers"]["colour"] if place < correct else "something else",
        )
        for place, row in enumerate(rows)
    )


def gold_answer(
    round_: Round, iteration: int, listing_id: int, attribute: Attribute, *, truth: str, said: str
) -> GoldAnswer:
    """An answer that six of eight chains agree on; not saved."""
    return GoldAnswer(
        round=round_,
        iteration=iteration,
        listing_id=listing_id,
        attribute=attribute,
        truth=truth,
        greedy=said,
        greedy_correct=said == truth,
        majority=said,
        majority_correct=said == truth,
        agreement=0.75 if said else 0,
        chains=8,
        counts={said: 6} if said else {},
        logprob=-1.0 if said else None,
    )

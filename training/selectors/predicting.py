"""Reads for predictions on request: what a version was taught to be asked, and what its answers are worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.models import Listing
from training.inputs import Names, thaw_names, thaw_schema
from training.ml.calibration import Calibration
from training.ml.params import ModelParams, SampleParams
from training.ml.records import Attribute
from training.models import ModelVersion, Routing, RoutingState, RoutingThreshold
from training.selectors.frozen import frozen_verticals

NO_ROUTING = "no routing of this version counts: confirm one, and answers have a confidence"
NO_EVIDENCE = "nobody has judged enough answers to this attribute for a confidence"


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model version, ready to be asked."""

    version: ModelVersion
    model: ModelParams
    sample: SampleParams
    """As its round drew."""
    seed: int
    """With which its round drew its predictions of the pool."""
    schema: Mapping[str, Mapping[str, Attribute]]
    """{vertical's code: {attribute's code: the attribute as the model knows it}}"""
    names: Mapping[str, str]
    """{vertical's code: what the model knows it as}"""
    values: Mapping[tuple[str, str], Mapping[str, str]]
    """{(vertical's code, attribute's code): {value as the model says it: its code}}"""


@dataclass(frozen=True, slots=True)
class Worth:
    """By what answers of a version are accepted."""

    routing: int | None = None
    """None: by nothing, for `reason`."""
    reason: str = NO_ROUTING
    chains: int = 0
    """Chains of the votes that were calibrated."""
    calibration: Calibration | None = None
    thresholds: Mapping[tuple[str, str], float | None] | None = None
    """{(vertical's code, attribute's code): the least agreement that is accepted; None: none is}"""


def predictor_of(version: ModelVersion) -> Predictor:
    """What the version's round was frozen with, by the catalogue's codes."""
    frozen = frozen_verticals(round_id=version.round_id)
    schema, names = thaw_schema(frozen), thaw_names(frozen)
    params = version.round.params
    return Predictor(
        version=version,
        model=ModelParams(**params["model"]),
        sample=SampleParams(**params["sample"]),
        seed=params["seed"] + version.iteration + 1,
        schema={
            names.verticals[vertical]: {
                names.attributes[vertical, name]: attribute for name, attribute in attributes.items()
            }
            for vertical, attributes in schema.items()
        },
        names={code: name for name, code in names.verticals.items()},
        values={_codes(names, *of): values for of, values in names.values.items()},
    )


def worth_of(predictor: Predictor) -> Worth:
    """What the current routing says of the version's answers."""
    routing = Routing.objects.filter(state=RoutingState.CURRENT, version=predictor.version).first()
    if routing is None:
        return Worth()
    policy = routing.calibration.get("policy")
    rows = RoutingThreshold.objects.filter(routing=routing).order_by()
    thresholds = rows.values_list("attribute__vertical__code", "attribute__code", "threshold")
    return Worth(
        routing=routing.pk,
        reason="",
        chains=predictor.sample.chains,
        calibration=Calibration.from_json(policy["calibration"]) if policy else None,
        thresholds={(vertical, attribute): least for vertical, attribute, least in thresholds},
    )


def listing_named(external_id: str) -> Listing | None:
    """The listing with this id of the catalogue's, with its photos."""
    rows = Listing.objects.select_related("vertical").prefetch_related("images__photo")
    return rows.filter(external_id=external_id).first()


def _codes(names: Names, vertical: str, attribute: str) -> tuple[str, str]:
    return names.verticals[vertical], names.attributes[vertical, attribute]

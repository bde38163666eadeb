"""Figures of health: a week against what the champion learned from (training.ml.drift)."""

from training.definitions.definition import Definition, Definitions

DEFINITIONS: Definitions = {
    "week_agreement": Definition(
        title="Agreement",
        words="How sure the champion is: the mean share of a question's chains that give its majority"
        " answer.",
        formula="sum(top count / chains) / questions",
        query="Predictions of the champion on up to 250 listings that came in the week, one of each group of"
        " near-duplicates; before: on up to 500 that came in the eight weeks before its round began.",
    ),
    "value_mix": Definition(
        title="Value mix",
        words="How far the model's answers to an attribute moved: the population stability index. Below 0.1"
        " little changed, from 0.25 on much. A vertical shows its attribute that changed most.",
        formula="sum over answers of (share now - share before) x ln(share now / share before), half a"
        " listing added to each answer",
        query="Majority answers of the champion to the attribute, on the listings of the week and on those of"
        " the reference weeks.",
    ),
    "photo_shift": Definition(
        title="Photos",
        words="How far photos of the week look from those before, by colours and edges: 0 for the same, 1 at"
        " most.",
        formula="energy coefficient: (2 E|x - y| - E|x - x'| - E|y - y'|) / (2 E|x - y|) on 20 whitened"
        " principal components",
        query="Up to four photos of each listing of the week (x) and of the reference weeks (y).",
    ),
    "missing_values": Definition(
        title="No fitting value",
        words="Listings for which people found no value that fits: a sign that the schema lacks one.",
        formula="listings with the answer unknown or a flag at the attribute, of those that were answered",
        query="What people answered in the week; before: in the eight weeks before it.",
    ),
    "audited_accuracy": Definition(
        title="Audited",
        words="How often the champion was right about listings that were drawn whatever it said, with its"
        " 95 % interval: an accuracy without bias.",
        formula="right / audited, each weighted by 1 / its chance to be drawn; Wilson's interval for as many"
        " independent questions",
        query="Audited answers of the champion that people finished up to the end of the week.",
    ),
    "adjusted_p": Definition(
        title="p",
        words="How likely chance alone makes such a difference, among all comparisons of the week.",
        formula="permutation tests, Fisher's exact test for missing values, a normal test for audits;"
        " adjusted over the whole week by Holm's method",
        query="All verticals and attributes that were compared in the week.",
    ),
    "alerts_open": Definition(
        title="Alerts",
        words="Figures beyond their rule's threshold, and not by chance, which are not back yet.",
        formula="count of alerts that are not resolved",
        query="Alerts of the vertical, its attributes among them.",
    ),
}

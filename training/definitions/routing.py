"""Figures of routing: what is accepted without a person, and how sure that is (training.ml.thresholds)."""

from training.definitions.definition import Definition, Definitions

DEFINITIONS: Definitions = {
    "calibrated_probability": Definition(
        title="Expected",
        words="How likely answers of this agreement are right, by the calibration.",
        formula="isotonic curve of the catalogue, with offsets of vertical and attribute, and a beta-binomial"
        " posterior of each level",
        query="Judged questions of the ordering part (30 %, by a hash of their groups): gold and audits.",
    ),
    "judged_precision": Definition(
        title="Right",
        words="How often answers of like probability were right, with the 95 % interval.",
        formula="right / judged; Wilson's score interval",
        query="Judged questions, gold and audits, in bins of their calibrated probability.",
    ),
    "calibration_error": Definition(
        title="Expected calibration error",
        words="How far probabilities are from what happened, on average.",
        formula="sum over bins of (judged in the bin / judged) x |expected - right|",
        query="Judged questions, gold and audits, in bins of their calibrated probability.",
    ),
    "coverage": Definition(
        title="Coverage",
        words="The share of the pool's answers that would be accepted without a person.",
        formula="accepted / pool questions that the version answered",
        query="Predictions of the routing's version on the pool, the likeliest first.",
    ),
    "expected_precision": Definition(
        title="Expected precision",
        words="How many of the accepted answers are right, by the calibration.",
        formula="mean calibrated probability of the accepted answers",
        query="Predictions of the routing's version on the pool that are accepted.",
    ),
    "threshold": Definition(
        title="Accepted from",
        words="From which agreement on an answer is accepted, so that the target holds for what is accepted.",
        formula="the lowest agreement whose set passes the test: the exact hypergeometric bound of its"
        " precision is at least the target",
        query="Judged questions of the testing part (70 %); attributes with too few are tested together.",
    ),
    "live_accuracy": Definition(
        title="Live accuracy",
        words="How often the version's majority is right on the pool as it is, with its 95 % interval.",
        formula="sum of right / chance to be audited, over the sum of 1 / chance to be audited; Wilson's"
        " interval for as many independent questions",
        query="Audited questions of the pool that people answered: drawn by a hash, whatever the model said.",
    ),
    "naive_accuracy": Definition(
        title="Naive accuracy",
        words="What reviews alone would make one believe: too low, for people are asked what is doubtful.",
        formula="right / reviewed",
        query="Reviewed questions of the version that people answered, audits not among them.",
    ),
    "threshold_evidence": Definition(
        title="Evidence",
        words="Judged answers at or above the threshold, and how many of them were right.",
        formula="right of judged at or above the threshold",
        query="Judged questions of the attribute: gold and audits.",
    ),
}

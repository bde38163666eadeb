"""Figures of accuracy: what models answer on gold (training.ml.metrics, training.ml.comparing)."""

from training.definitions.definition import Definition, Definitions

DEFINITIONS: Definitions = {
    "accuracy": Definition(
        title="Accuracy",
        words="How often one greedy chain of the model gives the true answer, with its 95 % interval.",
        formula="right / questions; Wilson's score interval",
        query="Gold questions of the round: listings that are never trained on, with the label as it was"
        " frozen when the round began. What cannot be read is wrong.",
    ),
    "majority_accuracy": Definition(
        title="Majority",
        words="How often the majority of the sampled chains is the true answer.",
        formula="questions whose majority is right / questions",
        query="The same gold questions; a chain that cannot be read votes for nothing.",
    ),
    "head_room": Definition(
        title="Head-room",
        words="What the majority of chains knows better than one greedy chain: what an iteration can learn.",
        formula="majority accuracy - accuracy, in percentage points",
        query="The same gold questions of the same model.",
    ),
    "majority_class": Definition(
        title="Most frequent",
        words="What always giving the most frequent answer of each attribute would reach.",
        formula="sum over attributes of the most frequent true answer's count / questions",
        query="The true answers of the round's gold questions.",
    ),
    "gold_questions": Definition(
        title="Questions",
        words="How many gold questions stand behind an accuracy: four times as many halve its interval.",
        formula="listings x attributes that have a label",
        query="Gold questions of the round.",
    ),
    "accuracy_difference": Definition(
        title="Difference",
        words="How much better A is than B on the questions that both answered.",
        formula="accuracy of A - accuracy of B, in percentage points",
        query="Gold questions that both models were asked in the same form; the newer label counts for both.",
    ),
    "mcnemar_p": Definition(
        title="p",
        words="How likely chance alone makes a difference as large, for two models that are equally good.",
        formula="exact McNemar test, two-sided: binomial with 1/2 over the questions that one alone has"
        " right",
        query="Questions that exactly one of the two has right.",
    ),
}

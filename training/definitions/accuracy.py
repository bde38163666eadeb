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
    "macro_accuracy": Definition(
        title="Mean of attributes",
        words="The mean of the attributes' accuracies: an attribute with little gold counts as much as one"
        " with much.",
        formula="sum of accuracies / attributes; the interval is made of theirs (MOVER: Zou and Donner 2008)",
        query="Gold questions of the round, by attribute.",
    ),
    "weighted_accuracy": Definition(
        title="Weighted by listings",
        words="The mean of the attributes' accuracies as the catalogue would feel it: a vertical with many"
        " listings counts for more.",
        formula="sum(accuracy x listings) / sum(listings); the interval is made of theirs (MOVER)",
        query="Gold questions of the round, by attribute; listings of each vertical that were not retired"
        " when the figure was stored.",
    ),
    "unparseable": Definition(
        title="Unparseable",
        words="How often the model's text ended in nothing that is allowed. Such an answer is wrong.",
        formula="greedy chains without an allowed answer / questions; Wilson's score interval",
        query="Gold questions of the round.",
    ),
    "labels_to_halve": Definition(
        title="More labels",
        words="How many more labelled gold questions would halve the interval of the best model, if it stays"
        " as accurate. Less than 20 points wide is enough to steer by.",
        formula="Wilson's width w(n) = 2z sqrt(p(1-p)n + z^2/4) / (n + z^2), solved for w(n) / 2",
        query="Gold questions of the row; one listing brings as many as it has attributes.",
    ),
    "champion_accuracy": Definition(
        title="Champion",
        words="The accuracy of today's champion, or of the champion of the time in the table of rounds.",
        formula="right / questions; Wilson's score interval",
        query="Gold questions of the champion's own round. The tests compare on the questions of both.",
    ),
    "rival_accuracy": Definition(
        title="Self-training",
        words="The same iteration of the newest round of the other kind: self-training, or what self-training"
        " is held against.",
        formula="right / questions; Wilson's score interval",
        query="Gold questions of that round.",
    ),
    "precision": Definition(
        title="Precision",
        words="Of the questions for which the model said the value, how many have it.",
        formula="true and said / said; Wilson's score interval",
        query="Greedy answers to gold questions about the attribute. An answer of several values counts for"
        " each; a state is a value of its own.",
    ),
    "recall": Definition(
        title="Recall",
        words="Of the questions that have the value, for how many the model said it.",
        formula="true and said / true; Wilson's score interval",
        query="Gold questions whose label has the value. What cannot be parsed says nothing.",
    ),
    "f1": Definition(
        title="F1",
        words="Precision and recall in one figure, which is low as soon as one of them is.",
        formula="2 x precision x recall / (precision + recall); interval of j = true and said / true or said,"
        " mapped by 2j / (1 + j)",
        query="Gold questions that have the value, or for which the model said it.",
    ),
    "macro_f1": Definition(
        title="Mean F1",
        words="The mean of the values' F1: a rare value counts as much as a frequent one.",
        formula="sum of F1 / values and states that are true or said somewhere",
        query="Greedy answers to gold questions about the attribute.",
    ),
    "confusions": Definition(
        title="Confusions",
        words="How often the model gave one answer where people gave another.",
        formula="count of questions by (label, greedy answer)",
        query="Gold questions about the attribute. Answers of several values are compared whole.",
    ),
}

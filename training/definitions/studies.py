"""Figures of studies: ways to learn, held against each other over seeds."""

from training.definitions.definition import Definition, Definitions

GOLD = "Gold questions of the study's own listings, which nothing was trained on."
PAIRED = "mean over seeds; Student's 95 % interval"

RUNS = "Runs of the arm of which answers to gold were kept, each with one seed."

DEFINITIONS: Definitions = {
    "study_greedy": Definition(
        title="Accuracy",
        words="How often one greedy chain of the model gives the true answer.",
        formula=f"right / questions of each seed; {PAIRED}",
        query=GOLD,
    ),
    "study_majority": Definition(
        title="Majority",
        words="How often the majority of the sampled chains is the true answer.",
        formula=f"questions whose majority is right / questions of each seed; {PAIRED}",
        query=GOLD,
    ),
    "study_head_room": Definition(
        title="Head-room",
        words="What the majority of chains knows better than one greedy chain: what an iteration can learn.",
        formula=f"majority accuracy - accuracy of each seed, in points; {PAIRED}",
        query=GOLD,
    ),
    "study_gain": Definition(
        title="Against SFT",
        words="What learning from the pool brought over SFT. An interval above 0 is more than chance.",
        formula=f"accuracy - SFT's accuracy of the same seed, in points; {PAIRED}",
        query="The arm's last iteration, which nobody chose by gold, and SFT of each seed.",
    ),
    "study_against_loop": Definition(
        title="Against the loop",
        words="How much better the arm is than the loop with the product's defaults.",
        formula=f"accuracy - the loop's accuracy of the same seed, in points; {PAIRED}",
        query="The last iterations of both, on the seeds that both were run on.",
    ),
    "study_agreement": Definition(
        title="Mean agreement",
        words="How far the sampled chains agree about gold: the mean share of a question's chains that give"
        " its majority.",
        formula="sum(top count / chains) / questions",
        query=GOLD,
    ),
    "study_learned": Definition(
        title="Learned from",
        words="Pairs, or chains, that the iteration was trained on.",
        formula="count",
        query="What the votes of the model before gave, with the arm's parameters.",
    ),
    "study_evidence": Definition(
        title="Right photo",
        words="How many chains name a photo that shows the attribute.",
        formula="chains that name one / sampled chains",
        query="Sampled chains about gold questions of which it is known which photos show the attribute.",
    ),
    "study_worse": Definition(
        title="Worse than SFT",
        words="Runs that ended with a worse model than they began with: what the guards are for.",
        formula="count(gold questions that only SFT answers right > those that only the last model does),"
        " without questions whose labels are drawn by chance",
        query=RUNS,
    ),
    "study_passed": Definition(
        title="Let through",
        words="Runs whose last model the promotion gate prefers to that of SFT.",
        formula="count(the gate passes), with the gate's defaults",
        query=RUNS,
    ),
    "study_passed_worse": Definition(
        title="Wrongly",
        words="Those that the gate lets through though they have gained nothing, or nothing but luck.",
        formula="count(the gate passes, and no more gold questions are right than after SFT),"
        " without questions whose labels are drawn by chance",
        query=RUNS,
    ),
    "study_stopped": Definition(
        title="Stopped",
        words="Runs that the loop's stop rule would have ended: a study runs every iteration all the same.",
        formula="count(the rule stops after some iteration)",
        query=RUNS,
    ),
}

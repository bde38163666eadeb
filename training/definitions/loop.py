"""Figures of the loop: what a round's iterations sampled, voted and learned."""

from training.definitions.definition import Definition, Definitions

DEFINITIONS: Definitions = {
    "pool_agreement": Definition(
        title="Agreement",
        words="How many of a pool question's chains give its majority answer. Further right is surer, not"
        " necessarily righter.",
        formula="questions with so many chains for their majority / questions",
        query="Pool questions that the iteration's model sampled chains for.",
    ),
    "chains_per_second": Definition(
        title="Chains per second",
        words="How fast a stage draws chains.",
        formula="chains / seconds that the stage ran",
        query="Stages of the round that draw chains; a chain that is drawn again after a crash counts once.",
    ),
    "training_loss": Definition(
        title="Training loss",
        words="What a training minimises, step by step.",
        formula="SFT: mean cross-entropy of the completion's tokens, in nats; DPO: -w log sigmoid(margin),"
        " the mean over the step's pairs",
        query="The last 250 steps of the training's log.",
    ),
    "reward_margin": Definition(
        title="Reward margin",
        words="How much more the model favours preferred chains over dispreferred ones than the model that"
        " sampled them.",
        formula="beta ([log pi(c) - log ref(c)] - [log pi(r) - log ref(r)]), the mean over the step's pairs",
        query="The last 250 steps of the training's log.",
    ),
    "pool_listings": Definition(
        title="Pool",
        words="How many unlabelled listings the round learned from.",
        formula="count of listings",
        query="The snapshot of the pool that the round took as its first stage.",
    ),
    "taught_time": Definition(
        title="Teaching",
        words="What people spent on the labels and verdicts that the round learned from. Labels serve later"
        " rounds too, and count there again.",
        formula="sum of the active seconds of finished turns",
        query="Turns, audits excepted, finished before the round started, at its seed listings and at those"
        " whose verdicts it learned from. Imported labels took nobody's time here.",
    ),
    "measured_time": Definition(
        title="Measuring",
        words="What people spent on the gold labels that the round is measured by.",
        formula="sum of the active seconds of finished turns",
        query="Turns, audits excepted, finished before the round started, at its gold listings.",
    ),
    "first_accuracy": Definition(
        title="Before",
        words="Gold accuracy of the round's first model: after SFT, or the champion that it went on from.",
        formula="right / questions",
        query="Greedy answers of iteration 0 to the round's gold questions.",
    ),
    "best_accuracy": Definition(
        title="Best model",
        words="Gold accuracy of the round's best model, with its 95 % interval. The best of several is a"
        " little flattered.",
        formula="right / questions; Wilson's score interval",
        query="Greedy answers of the iteration that is best on all gold questions, the earliest of equals.",
    ),
    "iteration_gain": Definition(
        title="Gain",
        words="What the iterations on the pool brought.",
        formula="accuracy of the best model - accuracy of the first, in percentage points",
        query="The same gold questions of the same round.",
    ),
    "mean_agreement": Definition(
        title="Mean agreement",
        words="How sure a model is of the pool: the mean share of a question's chains that give its"
        " majority.",
        formula="sum(top count / chains) / questions",
        query="Predictions of the model on the pool.",
    ),
    "pairs_made": Definition(
        title="Made",
        words="Pairs that chains of the model before gave, or confident answers in self-training.",
        formula="count; at most so many a question as the round's parameters say",
        query="Pool questions on which the chains disagree, above the vote threshold, or that verdicts"
        " settled; and questions of the seed set some of whose chains end in the label.",
    ),
    "pairs_used": Definition(
        title="Used",
        words="Those that the iteration was trained on: all, unless there were more than a training takes.",
        formula="min(made, most); drawn by a stable hash, those from people kept",
        query="The pairs of the iteration.",
    ),
    "pairs_seed": Definition(
        title="From the seed set",
        words="Pairs whose preferred chain ends in the label that people gave.",
        formula="count",
        query="The pairs of the iteration about questions of the seed set.",
    ),
    "pairs_verdicts": Definition(
        title="From verdicts",
        words="Pairs whose preferred answer a reviewer confirmed.",
        formula="count",
        query="The pairs of the iteration about questions that reviewers settled.",
    ),
    "device_time": Definition(
        title="Machine time",
        words="How long the round's stages kept devices busy, by GPU and CPU.",
        formula="sum over stages of seconds x processes; of sharded stages, the sum of their shards' seconds",
        query="Stages that are done, by the device that their workers reported. A GPU that waits while its"
        " worker makes pairs counts; work that was lost with a worker does not.",
    ),
    "people_time": Definition(
        title="People's time",
        words="What people spent on all labels and verdicts that the round was frozen with.",
        formula="teaching + measuring",
        query="Turns, audits excepted, finished before the round started, at its seed, gold and reviewed"
        " listings.",
    ),
    "per_thousand": Definition(
        title="Per 1,000",
        words="The time for a thousand listings of the pool.",
        formula="time x 1000 / pool listings",
        query="The same times, of the same round.",
    ),
    "money": Definition(
        title="Cost",
        words="What the times cost at the prices that are set now. CPU time, storage and a teacher's requests"
        " are not in it.",
        formula="GPU hours x price of a GPU hour + people's hours x price of an hour of work",
        query="The same times; prices are ATTRX_GPU_PRICE and ATTRX_WORK_PRICE.",
    ),
}

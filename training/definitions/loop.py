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
        formula="SFT: mean cross-entropy of the completion's tokens, in nats; DPO: -w log sigmoid(margin), the"
        " mean over the step's pairs",
        query="The last 250 steps of the training's log.",
    ),
    "reward_margin": Definition(
        title="Reward margin",
        words="How much more the model favours preferred chains over dispreferred ones than the model that"
        " sampled them.",
        formula="beta ([log pi(c) - log ref(c)] - [log pi(r) - log ref(r)]), the mean over the step's pairs",
        query="The last 250 steps of the training's log.",
    ),
}

"""What an action on listings will do and did, in words. Pure."""

from training.services.listings import Action, Outcome

PURPOSES = {"seed": "the seed set", "gold": "the gold set", "review": "review", "audit": "audit"}
SPLITS = {"gold": "gold", "seed": "seed", "pool": "the pool"}


def title(action: Action) -> str:
    """The action as a heading."""
    match action.kind:
        case "move":
            return f"Move listings to {SPLITS[action.target]}"
        case "label":
            return f"Send listings to labelling for {PURPOSES[action.target]}"
        case "retire":
            return "Retire listings"
    return "Restore listings"


def explanation(action: Action) -> str:
    """What the action means."""
    match action.kind:
        case "move":
            return (
                "Near-duplicates stay together: whole groups move. A group that a round has learned from "
                "can never become gold."
            )
        case "label":
            return "Opens a task for each listing that has no open one for this purpose."
        case "retire":
            return "Retired listings keep their labels, and no round, task or export uses them."
    return "Restored listings are used again, in the split of their group."


def will(action: Action, outcome: Outcome) -> list[str]:
    """What will happen, a sentence for each number that is not zero."""
    changed, along, unchanged = outcome.changed, outcome.along, outcome.unchanged
    match action.kind:
        case "move":
            there = SPLITS[action.target]
            lines = [(changed, f"{listings(changed)} will move to {there}.")]
            lines += [(along, f"{along:,} more of the same groups will move with {_them(changed)}.")]
            lines += [(unchanged, f"{listings(unchanged)} {_is(unchanged)} in {there} already.")]
        case "label":
            lines = [(changed, f"{listings(changed)} will get a task.")]
            lines += [(unchanged, f"{listings(unchanged)} {_has(unchanged)} an open one already.")]
        case _:
            done = "retired" if action is Action.RETIRE else "restored"
            state = "retired" if action is Action.RETIRE else "in use"
            lines = [(changed, f"{listings(changed)} will be {done}.")]
            lines += [(unchanged, f"{listings(unchanged)} {_is(unchanged)} {state} already.")]
    told = [text for count, text in lines if count]
    return told if changed or along else ["Nothing will change.", *told]


def did(action: Action, outcome: Outcome) -> str:
    """What has happened, in a sentence."""
    match action.kind:
        case "move":
            along = f", and {outcome.along:,} more of the same groups" if outcome.along else ""
            text = f"{listings(outcome.changed)} moved to {SPLITS[action.target]}{along}"
        case "label":
            text = f"{listings(outcome.changed)} sent to labelling for {PURPOSES[action.target]}"
        case _:
            text = f"{listings(outcome.changed)} {'retired' if action is Action.RETIRE else 'restored'}"
    return f"{text}; {listings(len(outcome.refused))} refused." if outcome.refused else f"{text}."


def button(action: Action, outcome: Outcome) -> str:
    """What the button does that confirms the action."""
    count = outcome.changed + outcome.along
    verbs = {"move": "Move", "label": "Send", "retire": "Retire", "restore": "Restore"}
    return f"{verbs[action.kind]} {listings(count)}"


def listings(count: int) -> str:
    """A number of listings."""
    return f"{count:,} listing{'' if count == 1 else 's'}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"

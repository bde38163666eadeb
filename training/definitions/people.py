"""Figures of people: what they did, how fast, and how far others say the same (labeling.models.WorkDay)."""

from training.definitions.definition import Definition, Definitions

VERDICTS = (
    "Annotations of finished reviews, audits and adjudications for which a suggestion was on the screen, and "
    "that were not taken back."
)

DEFINITIONS: Definitions = {
    "seed_progress": Definition(
        title="Seed",
        words="How far a vertical's seed set is: the listings that teach the first model.",
        formula="labelled listings of the target, 10 a vertical",
        query="Groups of near-duplicates in the seed split, not retired, with a listing that has a label for"
        " every attribute that is asked.",
    ),
    "gold_progress": Definition(
        title="Gold",
        words="How far a vertical's gold set is: the listings that measure every model.",
        formula="labelled listings of the target, 10 a vertical",
        query="Groups of near-duplicates in the gold split, not retired, with a listing that has a label for"
        " every attribute that is asked.",
    ),
    "listings_done": Definition(
        title="Listings",
        words="Listings that the person finished in the time, for any purpose.",
        formula="count of finished turns",
        query="Turns by the day on which their person finished them last, in the site's time zone.",
    ),
    "questions_done": Definition(
        title="Questions",
        words="Questions that the person answered about these listings.",
        formula="count of (listing, attribute)",
        query="Annotations at finished turns that were not taken back; who thinks again counts once.",
    ),
    "listing_seconds": Definition(
        title="Seconds a listing",
        words="How long a listing takes: half of them took less. Exact to 2.5 %.",
        formula="median of the active seconds of a turn, kept in classes 5 % wide",
        query="Finished turns that the labelling screen timed: it counts while its window is looked at.",
    ),
    "question_seconds": Definition(
        title="Seconds a question",
        words="How long a question takes: the turn's seconds shared among its questions. Exact to 2.5 %.",
        formula="median of (active seconds / questions) of a turn, kept in classes 5 % wide",
        query="Finished turns that the labelling screen timed and that have an answer.",
    ),
    "questions_per_hour": Definition(
        title="Questions an hour",
        words="Questions answered in an hour of active time: breaks do not count.",
        formula="questions / (active seconds / 3600)",
        query="Finished turns that the labelling screen timed.",
    ),
    "people_agreement": Definition(
        title="Agreement",
        words="How often another person said the same to the same question.",
        formula="pairs of equal answers / pairs of answers",
        query="Questions of one task that several people finished, as they answer them now; a pair counts on"
        " the day of its earlier answer. Sets of values are equal whatever their order.",
    ),
    "verdict_accepted": Definition(
        title="Accepted",
        words="Verdicts that say what the model's majority says, with nothing against its reasoning.",
        formula="verdicts with the majority's answer / verdicts on a shown suggestion",
        query=VERDICTS,
    ),
    "verdict_changed": Definition(
        title="Another value",
        words="Verdicts that say another value than the model's majority.",
        formula="verdicts with values that are not the majority's / verdicts on a shown suggestion",
        query=VERDICTS,
    ),
    "verdict_reasoning": Definition(
        title="Wrong reasoning",
        words="Verdicts that accept the answer, and say that the chains behind it reason wrongly.",
        formula="verdicts with the majority's answer and the mark / verdicts on a shown suggestion",
        query=VERDICTS,
    ),
    "verdict_state": Definition(
        title="N/A",
        words="Verdicts that no value fits where the model gave one: not applicable, not visible or unknown.",
        formula="verdicts with a state that is not the majority's / verdicts on a shown suggestion",
        query=VERDICTS,
    ),
    "skipped": Definition(
        title="Set aside",
        words="Listings that the person set aside, for good or for a while, and did not finish since.",
        formula="count of listings set aside",
        query="Tasks set aside by the day on which that happened, without those that the person finished.",
    ),
    "reliability": Definition(
        title="Right",
        words="How likely a verdict of the reviewer is right, with the 95 % interval of the estimate. With"
        " few checks it is mostly what was assumed.",
        formula="Beta posterior of right and wrong checks, drawn to the person's other attributes and to"
        " everybody's",
        query="Verdicts that a second opinion, an audit, gold or an adjudication by another person checked.",
    ),
    "reliability_checks": Definition(
        title="Checked",
        words="Verdicts that somebody else's answer checked. Below 20 the estimate is thin.",
        formula="count of checks",
        query="Questions that somebody else answered without seeing the verdict, or adjudicated.",
    ),
}

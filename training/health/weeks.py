"""Weeks: from Monday to Monday, UTC. Pure."""

from datetime import UTC, date, datetime, time, timedelta

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)


def week_of(when: datetime) -> date:
    """The Monday of the week."""
    day = when.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def last_week(now: datetime) -> date:
    """The Monday of the newest week that is over."""
    return week_of(now) - WEEK


def begin_of(week: date) -> datetime:
    """When the week begins."""
    return datetime.combine(week, time(), UTC)

"""Compare all listings again, and look for leaks from gold: manage.py splits_check."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.splits import splits_recheck


class Command(BaseCommand):
    help = (
        "Compare all listings of each vertical, renew the figures of the Splits page, and name gold listings "
        "whose near-duplicates are learned from. Exit code 1 when there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        leaks = 0
        for report in splits_recheck():
            leaks += report.leak_count
            self.stdout.write(
                f"{report.vertical}: {report.listings} listings, {report.listings_grouped} of them in "
                f"{report.groups_of_several} groups of several; {report.leak_count} leaks"
            )
            for leak in report.leaks:
                self.stdout.write(f"  {_sentence(leak)}")
        if leaks:
            raise CommandError(
                f"{leaks} leaks: move the gold groups to the pool, or retire one of each two listings",
                returncode=1,
            )


def _sentence(leak: dict[str, Any]) -> str:
    how = "is in one group with" if leak["same_group"] else "is like"
    learned = "a round has learned from it" if leak["trained_on"] else "the next round would learn from it"
    return f"gold listing {leak['gold']!r} {how} {leak['other']!r}: {learned}"

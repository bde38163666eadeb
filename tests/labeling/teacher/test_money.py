from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from labeling.teacher.money import Account, Budget, Price, Usage, photo_tokens, request_most, text_tokens

PRICE = Price(Decimal("2.50"), Decimal("10"), "USD")


def test_a_price_is_of_a_million_tokens_and_rounded_up() -> None:
    assert PRICE.of(Usage(1_000_000, 100_000)) == Decimal("3.5")
    assert PRICE.of(Usage(1, 0)) == Decimal("0.0001")
    assert PRICE.of(Usage()) == 0


def test_a_budget_counts_both_directions_and_holds_in_tokens_and_in_money() -> None:
    assert Budget(tokens=100).allows(Usage(60, 40), None)
    assert not Budget(tokens=100).allows(Usage(60, 41), None)
    assert Budget(money=Decimal("0.01")).allows(Usage(4000, 0), PRICE)
    assert not Budget(money=Decimal("0.01")).allows(Usage(4000, 1), PRICE)
    assert not Budget(tokens=10, money=Decimal(100)).allows(Usage(11, 0), PRICE)


def test_photos_are_counted_as_large_as_they_are_sent() -> None:
    assert photo_tokens(280, 140, side=768) == 10 * 5 + 16
    assert photo_tokens(2800, 1400, side=280) == 10 * 5 + 16
    most = request_most("x" * 300, [(280, 140)] * 2, side=768, output=50)
    assert most == Usage(32 + 100 + 2 * 66, 50)


def test_a_text_in_any_script_has_tokens_enough() -> None:
    assert text_tokens("") == 0
    assert text_tokens("कुर्ता") == 6
    assert text_tokens("\ud800") == 1


def test_what_is_set_aside_for_requests_under_way_is_not_given_twice() -> None:
    account = Account(Budget(tokens=100))
    first = account.reserve(Usage(40, 20))
    assert first == Usage(40, 20)
    assert account.reserve(Usage(40, 20)) is None
    account.settle(first, Usage(30, 5), estimate=Usage(40, 20))
    assert account.reserve(Usage(40, 20)) == Usage(40, 20)
    assert account.spent == Usage(30, 5)


def test_estimates_are_corrected_by_the_worst_answer_and_never_down() -> None:
    account = Account(Budget(tokens=10_000))
    for used in (50, 400, 10):
        reserved = account.reserve(Usage(100, 10))
        assert reserved is not None
        account.settle(reserved, Usage(used, 1), estimate=Usage(100, 10))
    assert account.reserve(Usage(100, 10)) == Usage(400, 10)


def test_what_may_have_been_used_counts_and_what_was_not_does_not() -> None:
    account = Account(Budget(tokens=100))
    for close, spent in ((account.release, 0), (account.write_off, 60)):
        reserved = account.reserve(Usage(40, 20))
        assert reserved is not None
        close(reserved)
        assert (account.spent.tokens, account.reserved.tokens) == (spent, 0)
    assert not account.is_open


USAGES = st.builds(Usage, st.integers(0, 500), st.integers(0, 100))


@given(st.lists(st.tuples(USAGES, st.floats(0, 1)), max_size=30))
def test_as_long_as_estimates_hold_the_budget_is_never_passed(requests: list[tuple[Usage, float]]) -> None:
    account = Account(Budget(tokens=2000))
    for most, share in requests:
        reserved = account.reserve(most)
        if reserved is not None:
            used = Usage(int(most.input * share), int(most.output * share))
            account.settle(reserved, used, estimate=most)
        assert account.spent.tokens <= 2000
        assert account.reserved == Usage()

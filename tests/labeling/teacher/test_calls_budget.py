"""How many requests go: within the budget, at the pace, and none once it is stopped."""

from labeling.teacher.calls import STOPPED, UNPAID, End
from labeling.teacher.money import Account, Budget, Usage
from tests.labeling.teacher.callers import calling, request
from tests.labeling.teacher.endpoint import Endpoint


def test_the_budget_allows_requests_only_as_long_as_they_fit_whatever_they_cost(endpoint: Endpoint) -> None:
    endpoint.says("red", usage={"prompt_tokens": 100, "completion_tokens": 20})
    account = Account(Budget(tokens=600))
    with calling(endpoint, account) as caller:
        said = caller.ask([request() for _ in range(10)]).result(20)
    assert [one.end for one in said] == [End.TEXT] * 3 + [End.UNASKED]
    assert said[-1].error == UNPAID
    assert account.spent == Usage(300, 60)


def test_requests_at_once_wait_for_each_others_estimates_and_do_not_pass_the_budget(
    endpoint: Endpoint,
) -> None:
    endpoint.says("red")
    account = Account(Budget(tokens=1000), is_open=True)
    with calling(endpoint, account) as caller:
        futures = [caller.ask([request()]) for _ in range(12)]
        ends = [future.result(20)[0].end for future in futures]
    assert (ends.count(End.TEXT), ends.count(End.UNASKED)) == (7, 5)
    assert endpoint.most_at_once <= 4
    assert account.spent == Usage(700, 140)


def test_an_answer_that_took_more_than_its_estimate_raises_the_next_ones(endpoint: Endpoint) -> None:
    endpoint.says("red", usage={"prompt_tokens": 2000, "completion_tokens": 10})
    account = Account(Budget(tokens=4000))
    with calling(endpoint, account) as caller:
        said = caller.ask([request(), request()]).result(20)
    assert [one.end for one in said] == [End.TEXT, End.UNASKED]
    assert account.spent == Usage(2000, 10)


def test_stopping_begins_no_more_requests_and_lets_those_under_way_end(endpoint: Endpoint) -> None:
    endpoint.hangs()
    endpoint.says("red")
    with calling(endpoint) as caller:
        future = caller.ask([request(), request()])
        assert endpoint.arrived.wait(20)
        caller.stop()
        endpoint.released.set()
        [said] = future.result(20)
    assert (said.end, said.error) == (End.UNASKED, STOPPED)
    assert len(endpoint.asked) == 1


def test_leaving_gives_up_what_is_under_way(endpoint: Endpoint) -> None:
    endpoint.hangs()
    with calling(endpoint) as caller:
        future = caller.ask([request()])
        assert endpoint.arrived.wait(20)
    assert future.cancelled()


def test_requests_keep_to_the_pace(endpoint: Endpoint) -> None:
    endpoint.says("red")
    with calling(endpoint, per_minute=1) as caller:
        futures = [caller.ask([request()]) for _ in range(12)]
        for future in futures[:8]:
            assert future.result(20)[0].end is End.TEXT
        caller.stop()
        assert {future.result(20)[0].end for future in futures[8:]} == {End.UNASKED}
    assert len(endpoint.asked) == 8

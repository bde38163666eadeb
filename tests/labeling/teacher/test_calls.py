"""Requests to an endpoint over HTTP, with everything that a server may do to them."""

import gzip
import json
import socket

import pytest

from labeling.teacher.calls import End
from labeling.teacher.money import Usage
from tests.labeling.teacher.callers import MOST, OPTIONS, SHORT, ask, calling, request, rich
from tests.labeling.teacher.conftest import KEY
from tests.labeling.teacher.endpoint import Endpoint, completion


def test_an_answer_is_text_with_what_it_used(endpoint: Endpoint) -> None:
    endpoint.says("It is red.")
    account = rich()
    said = ask(endpoint, account)
    assert (said.end, said.text, said.error) == (End.TEXT, "It is red.", "")
    assert (said.used, said.guessed, said.is_cut, said.attempts) == (Usage(100, 20), False, False, 1)
    assert (account.spent, account.reserved) == (Usage(100, 20), Usage())
    [sent] = endpoint.asked
    assert sent == OPTIONS | {"messages": request().messages}
    assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"


def test_an_answer_that_was_cut_says_so(endpoint: Endpoint) -> None:
    endpoint.says("It is r", finish="length")
    assert ask(endpoint).is_cut


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {"prompt_tokens": -5, "completion_tokens": 1},
        {"prompt_tokens": "many", "completion_tokens": 1},
        {"prompt_tokens": True, "completion_tokens": 1},
        {"prompt_tokens": 10**12, "completion_tokens": 1},
        {"prompt_tokens": 1},
        "100",
    ],
)
def test_where_the_server_does_not_say_what_it_used_the_estimate_counts(
    endpoint: Endpoint, usage: object
) -> None:
    endpoint.says("red", usage=usage)
    account = rich()
    said = ask(endpoint, account)
    assert (said.end, said.used, said.guessed) == (End.TEXT, MOST, True)
    assert (account.spent, account.is_open) == (MOST, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Gateway</html>", "it is not JSON: '<html>Gateway</html>'"),
        (b"", "it is not JSON: nothing"),
        (b"\x89PNG\xff\x00", "it is not JSON: "),
        (b"[" * 200_000, "it is not JSON: "),
        ([], "it has no choices[0].message: '[]'"),
        ("red", "it has no choices[0].message: "),
        ({"choices": []}, "it has no choices[0].message: "),
        ({"choices": {"0": 1}}, "it has no choices[0].message: "),
        ({"choices": [{"message": "red"}]}, "it has no choices[0].message: "),
        ({"choices": [{"message": {"content": {"text": "red"}}}]}, "its message has no text: "),
        ({"error": "overloaded"}, "it has no choices[0].message: "),
    ],
)
def test_an_answer_that_is_no_completion_is_a_failure_that_may_have_cost(
    endpoint: Endpoint, body: object, reason: str
) -> None:
    endpoint.sends(body)
    said = ask(endpoint)
    assert (said.end, said.attempts) == (End.FAILED, 1)
    assert said.error.startswith(f"the server answered something that is no chat completion: {reason}")
    assert len(said.error) < 500
    assert (said.used, said.guessed) == (MOST, True)


def test_a_message_without_content_is_an_empty_text(endpoint: Endpoint) -> None:
    endpoint.sends({"choices": [{"message": {"content": None}}], "usage": {}})
    assert (ask(endpoint).end, ask(endpoint).text) == (End.TEXT, "")


@pytest.mark.parametrize("status", [500, 502, 503, 408, 409])
def test_a_failing_server_is_asked_again_and_failures_cost_nothing(endpoint: Endpoint, status: int) -> None:
    endpoint.fails(status)
    endpoint.fails(status)
    endpoint.says("red")
    said = ask(endpoint)
    assert (said.end, said.text, said.attempts, said.used) == (End.TEXT, "red", 3, Usage(100, 20))


def test_a_server_that_goes_on_failing_is_told_of(endpoint: Endpoint) -> None:
    endpoint.fails(500, "CUDA out of memory")
    said = ask(endpoint)
    assert (said.end, said.attempts, said.used) == (End.FAILED, 3, Usage())
    assert said.error == "the server answered 500: CUDA out of memory (3 times)"


def test_a_server_that_refuses_the_request_is_not_asked_again(endpoint: Endpoint) -> None:
    endpoint.fails(400, "the image is broken")
    said = ask(endpoint)
    assert (said.end, said.attempts, said.error) == (
        End.FAILED,
        1,
        "the server answered 400: the image is broken",
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"detail": "Bad image"}, "Bad image"),
        ({"error": "Bad image"}, "Bad image"),
        ({"message": "Bad image"}, "Bad image"),
        ({"detail": [{"loc": ["body"]}]}, """'{"detail": [{"loc": ["body"]}]}'"""),
        (b"no", "'no'"),
        (b"", "nothing"),
        ({"error": {"message": "x" * 5000}}, "x" * 300),
    ],
)
def test_what_an_error_says_is_found_in_its_usual_places(
    endpoint: Endpoint, body: object, shown: str
) -> None:
    endpoint.sends(body, status=400)
    assert ask(endpoint).error == f"the server answered 400: {shown}"


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_what_every_request_would_meet_is_fatal_at_once(endpoint: Endpoint, status: int) -> None:
    endpoint.fails(status, "no such key")
    with calling(endpoint) as caller:
        said = caller.ask([request(), request()]).result(20)
    assert [(one.end, one.attempts) for one in said] == [(End.FATAL, 1)]
    assert len(endpoint.asked) == 1


def test_a_quota_that_is_used_up_is_fatal_though_it_comes_as_429(endpoint: Endpoint) -> None:
    endpoint.sends({"error": {"message": "pay", "code": "insufficient_quota"}}, status=429)
    said = ask(endpoint)
    assert (said.end, said.attempts, said.error) == (End.FATAL, 1, "the server answered 429: pay")


def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    endpoint.fails(307, Location="http://127.0.0.1:1/elsewhere")
    said = ask(endpoint)
    assert (said.end, said.error) == (
        End.FATAL,
        "the server answered 307: ATTRX_TEACHER_URL is not its address",
    )


def test_everybody_waits_as_long_as_a_server_wants_to_be_left_alone(endpoint: Endpoint) -> None:
    endpoint.fails(429, "slow down", Retry_After="0.3")
    endpoint.says("red")
    with calling(endpoint) as caller:
        first = caller.ask([request()]).result(20)[0]
        assert (first.end, first.attempts) == (End.TEXT, 2)
        assert caller.bucket.held_until > caller.bucket.full, "the others wait too"
    assert first.seconds < 0.3, "waiting is not asking"


def test_a_server_that_wants_to_be_left_alone_for_an_hour_ends_the_run(endpoint: Endpoint) -> None:
    endpoint.fails(429, "quota of today", Retry_After="3600")
    said = ask(endpoint)
    assert (said.end, said.attempts) == (End.FATAL, 1)
    assert said.error == "the server answered 429: quota of today; it asks to wait for 3600 s"


def test_a_server_that_goes_on_refusing_by_rate_ends_the_run(endpoint: Endpoint) -> None:
    endpoint.fails(429, "slow down", Retry_After="0")
    said = ask(endpoint)
    assert (said.end, said.attempts) == (End.FATAL, 3)
    assert said.error == "the server answered 429: slow down (3 times)"


def test_a_server_that_says_nothing_is_given_up_and_may_have_charged(endpoint: Endpoint) -> None:
    endpoint.hangs()
    account = rich()
    said = ask(endpoint, account, patience=SHORT)
    assert (said.end, said.attempts) == (End.FAILED, 2)
    assert said.error == "the server did not answer in time (2 times)"
    assert (said.used, said.guessed) == (MOST * 2, True)
    assert account.spent == MOST * 2


def test_a_connection_that_breaks_off_is_told_of(endpoint: Endpoint) -> None:
    endpoint.drops()
    endpoint.drops(after=b'{"choices": [')
    endpoint.says("red")
    said = ask(endpoint)
    assert (said.end, said.attempts, said.used) == (End.TEXT, 3, Usage(100, 20) + MOST * 2)
    endpoint.moves.clear()
    endpoint.drops()
    assert ask(endpoint).error.startswith("the connection broke off (")


def test_a_server_that_is_not_there_ends_the_run_after_a_few_attempts(endpoint: Endpoint) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Endpoint(unused.getsockname()[1])
        account = rich()
        said = ask(nobody, account)
    assert (said.end, said.attempts, said.used) == (End.FATAL, 3, Usage())
    assert said.error == "the server cannot be reached (3 times)"
    assert account.spent == Usage()


def test_an_answer_is_read_only_so_far(endpoint: Endpoint) -> None:
    endpoint.floods(6)
    said = ask(endpoint)
    assert (said.end, said.error) == (
        End.FAILED,
        "the server's answer is not read: it has more than 4 MB",
    )


def test_an_answer_is_not_unpacked(endpoint: Endpoint) -> None:
    packed = gzip.compress(json.dumps(completion("red", usage=None, finish="stop")).encode())
    endpoint.sends(packed, headers={"Content-Encoding": "gzip"})
    said = ask(endpoint)
    assert (said.end, said.error) == (
        End.FAILED,
        "the server's answer is not read: it is compressed, and was asked not to be",
    )


def test_the_key_is_taken_out_of_whatever_comes_back_and_so_is_what_databases_refuse(
    endpoint: Endpoint,
) -> None:
    endpoint.says(f"red {KEY} \x00 \ud800")
    endpoint.fails(401, f"Incorrect API key: {KEY}")
    assert ask(endpoint).text == "red [key] \ufffd \ufffd"
    assert ask(endpoint).error == "the server answered 401: Incorrect API key: [key]"


@pytest.mark.parametrize("option", ["response_format", "temperature", "max_tokens"])
def test_an_option_that_the_server_does_not_know_is_left_out_from_then_on(
    endpoint: Endpoint, option: str
) -> None:
    endpoint.refuses(option)
    with calling(endpoint) as caller:
        first, second = caller.ask([request(), request()]).result(20)
    assert (first.end, first.attempts, second.attempts) == (End.TEXT, 2, 1)
    assert option not in endpoint.asked[-1]
    assert ("max_completion_tokens" in endpoint.asked[-1]) == (option == "max_tokens")


def test_a_server_that_refuses_every_option_is_not_asked_forever(endpoint: Endpoint) -> None:
    endpoint.fails(400, "response_format, temperature, max_tokens and max_completion_tokens are unknown")
    said = ask(endpoint)
    assert (said.end, said.attempts) == (End.FAILED, 4)

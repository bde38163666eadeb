from tests.training.predicting.working import ask_of
from training.ml.records import Chain
from training.predicting.wire import Ask, Reply


def test_an_ask_comes_as_it_went() -> None:
    photos = tuple(bytes([number]) * 3 for number in range(12))
    for ask in (ask_of("one", *photos), ask_of("two", photos=(), files=("images/ab/c.jpg",), title="Grün")):
        fields = {name.encode(): value for name, value in ask.to_fields().items()}
        assert Ask.from_fields(fields) == ask
    assert ask_of("one", *photos).size == 36


def test_a_reply_comes_as_it_went() -> None:
    chain = Chain("one/Color", 0, "It looks red.\nAnswer: red", "red", -1.5)
    reply = Reply({"Color": [chain], "Shape": []}, together=3, seconds=0.25)
    assert Reply.from_json(reply.to_json()) == reply
    problem = Reply({}, problem="the photo cannot be read")
    assert Reply.from_json(problem.to_json()) == problem

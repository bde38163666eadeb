"""What is interruptible ends when it is told to, and nothing else does."""

import signal
import threading

import pytest

from catalog.services.interrupting import SIGNAL, Interrupted, interrupt, interruptible, uninterrupted

LONG_SECONDS = 60.0


def interrupt_soon() -> threading.Thread:
    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


def wait_for_nothing() -> bool:
    """False once the time is over."""
    return threading.Event().wait(LONG_SECONDS)


def test_a_block_that_waits_is_ended_from_another_thread() -> None:
    with pytest.raises(Interrupted), interruptible():
        interrupt_soon()
        wait_for_nothing()
        pytest.fail("nobody ended it")


def test_a_block_that_handles_every_exception_is_ended_all_the_same() -> None:
    with pytest.raises(Interrupted), interruptible():
        interrupt_soon()
        try:
            wait_for_nothing()
        except Exception:
            pytest.fail("a library would go on here")


def test_nothing_outside_a_block_is_ended() -> None:
    with interruptible():
        pass
    interrupt_soon().join()
    assert signal.getsignal(SIGNAL) == signal.SIG_DFL


def test_a_part_that_must_come_to_its_end_does() -> None:
    with interruptible():
        with uninterrupted():
            interrupt_soon().join()
        done = True
    assert done


def test_a_block_of_another_thread_is_left_alone() -> None:
    ended = []

    def work() -> None:
        with interruptible():
            interrupt()
            ended.append("well")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == ["well"]


def test_a_block_can_be_interrupted_once() -> None:
    """What tidies up after the interruption is left alone."""
    tidied = []
    with pytest.raises(Interrupted), interruptible():
        try:
            interrupt_soon()
            wait_for_nothing()
        finally:
            interrupt_soon().join()
            tidied.append("up")
    assert tidied == ["up"]

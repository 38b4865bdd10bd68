"""What became of a send: one word and one error for each."""

from channels import errors
from channels.errors import SendError
from channels.messages import Accepted
from channels.results import ERRORS, ResultClass, result_class


def test_an_error_has_no_class_or_two() -> None:
    every = {
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, SendError) and error is not SendError
    }

    assert set(ERRORS.values()) == every
    assert {result_class(error("line")) for error in every} == set(ERRORS)
    taken = {result_class(Accepted(ids=())), result_class(Accepted(ids=(), duplicate=True))}
    assert set(ERRORS) | taken == set(ResultClass)

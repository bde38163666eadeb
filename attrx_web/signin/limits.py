"""The answer to somebody who asks too often."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WAIT = 60
"""Seconds: every limit of a page is so many requests a minute, so that nobody has to wait longer."""


def too_many(request: HttpRequest) -> HttpResponse:
    """429, with the seconds to wait; allauth finds it as handler429 of the URLconf."""
    answer = render(request, "429.html", {"wait": WAIT}, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer["Retry-After"] = str(WAIT)
    return answer

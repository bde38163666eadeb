"""The API of predictions on request."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.rest.permissions import REVIEWERS
from catalog.rest.problems import Conflict, Unavailable
from catalog.rest.reading import body_of
from catalog.rest.scopes import Scope
from training.predicting.asking import predict
from training.predicting.queue import Unanswered
from training.predicting.wanted import Impossible, Wanted, Wrong
from training.serializers.predictions import PredictBody, PredictForm, PredictionAnswer


class Predict(APIView):
    """Predictions on request."""

    roles = REVIEWERS
    scope = Scope.PREDICT
    reads = True
    """It changes nothing, and who asks the same again is answered the same: it needs no Idempotency-Key."""
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(
        tags=["predictions"],
        operation_id="predict",
        request={"application/json": PredictBody, "multipart/form-data": PredictForm},
        responses=PredictionAnswer,
    )
    def post(self, request: Request) -> Response:
        """Have a model version answer the questions about a listing or about photos, at once."""
        is_form = str(request.content_type).startswith("multipart/")
        given = body_of(PredictForm if is_form else PredictBody, request)
        reasoning = given.pop("reasoning")
        photos = [one.read() for one in given.pop("photos", ())]
        try:
            found = predict(Wanted(photos=photos, **given))
        except Wrong as error:
            raise ValidationError({error.field: f"{error.problem}."}) from error
        except Impossible as error:
            raise Conflict(f"It cannot be answered: {error}.") from error
        except Unanswered as error:
            raise Unavailable(f"Nobody answers now: {error}.", wait=error.again) from error
        return Response(PredictionAnswer(found, context={"reasoning": reasoning}).data)

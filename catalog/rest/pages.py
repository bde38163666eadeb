"""The page that shows the API, and what is answered where it has nothing."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Documentation(SpectacularSwaggerSplitView):
    """Swagger's page: it has no inline script, and its files come from the site itself."""

    url_name = "api:openapi"
    permission_classes = [AllowAny]
    template_name = "catalog/api_docs.html"


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Problem details where the API has no route."""

    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        """404"""
        raise NotFound("The API has nothing at this address: /api/v1/docs shows what it has.")

    post = put = patch = delete = get

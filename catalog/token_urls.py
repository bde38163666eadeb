from django.urls import path

from catalog.views import tokens

app_name = "tokens"
urlpatterns = [
    path("", tokens.tokens, name="tokens"),
    path("<uuid:number>/revoke", tokens.revoke, name="revoke"),
]

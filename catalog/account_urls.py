"""Addresses of accounts that are attrx's own, beside those of allauth."""

from django.urls import path

from catalog.views import account, invitations, people

app_name = "accounts"
urlpatterns = [
    path("", account.account, name="account"),
    path("sessions/<int:session_id>/end", account.session_end, name="session_end"),
    path("sessions/end", account.sessions_end, name="sessions_end"),
    path("invitations/", invitations.invite, name="invite"),
    path("invitations/<uuid:number>/revoke", invitations.revoke, name="invitation_revoke"),
    path("invitation/<str:secret>/", invitations.accept, name="accept"),
    path("people/", people.people, name="people"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("people/<int:person_id>/reset-link", people.reset_link, name="person_reset_link"),
    path("people/<int:person_id>/close", people.close, name="person_close"),
    path("people/<int:person_id>/open", people.reopen, name="person_open"),
    path("people/<int:person_id>/sessions", people.sessions_end, name="person_sessions_end"),
    path("people/<int:person_id>/second-factor", people.factor_remove, name="person_factor_remove"),
]

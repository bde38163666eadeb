"""Addresses below label/ of the pages around the work: board, people, adjudication, agreement, seeds."""

from django.urls import path

from labeling.views import agreement, board, deciding, grid, seeds, talk

urlpatterns = [
    path("", board.board, name="board"),
    path("people/", board.people, name="people"),
    path("people/<int:person_id>/", board.person, name="people_person"),
    path("people/<int:person_id>/verticals", board.assign, name="people_assign"),
    path("settings/", board.settings, name="settings"),
    path("settings/<str:purpose>", board.rule, name="settings_rule"),
    path("settings/<str:purpose>/again", board.ask_again, name="settings_again"),
    path("adjudication/", deciding.adjudication, name="adjudication"),
    path("adjudication/send-back", deciding.send_back, name="send_back"),
    path("agreement/", agreement.overview, name="agreement"),
    path("agreement/<str:code>/", agreement.vertical, name="agreement_vertical"),
    path("agreement/<str:code>/<str:attribute_code>/", agreement.attribute, name="agreement_attribute"),
    path("flags/", talk.flags, name="flags"),
    path("flags/<int:comment_id>/resolve", talk.resolve, name="flags_resolve"),
    path("mentions/", talk.mentions, name="mentions"),
    path("mentions/seen", talk.seen, name="mentions_seen"),
    path("grid/", grid.grid, name="grid"),
    path("seeds/", seeds.overview, name="seeds"),
    path("seeds/<str:code>/", seeds.vertical, name="seeds_vertical"),
    path("seeds/<str:code>/confirm", seeds.confirm, name="seeds_confirm"),
]

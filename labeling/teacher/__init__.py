"""A large vision model that proposes answers: what it is asked, how it is read, what it costs.

Pure, except for `calls`, which talks to the endpoint. None of it knows the database: services.teacher_run
joins both.
"""

"""The production stack from its own files, without containers, under the load of a day, and then killed.

    make soak                                    # ten minutes, fifty people; then each process is killed
    make soak SOAK='--minutes 1 --people 5'      # a short try

The commands and the environment are those of compose.yaml, the proxy's file is deploy/nginx.conf; only
addresses and folders are this machine's. Photos lie in a folder, since a bucket that is made for a test keeps
nothing when it is killed. PostgreSQL keeps what it has said it keeps: its settings are its own. The GPU's
worker has a runner without a model; the model worker has the tiny model, trained for moments, and two shops
that ask it.
"""

"""Parts of manage.py benchmark_predict: clients of the API, and a peer that shares no work."""

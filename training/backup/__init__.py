"""A copy of everything that a site cannot make again, and the way back (docs/decisions/0034).

out/manifest.json    when, of which database, row counts of its tables, SHA-256 of the two files below
out/database.*       SQLite's own file, or PostgreSQL's dump
out/files.jsonl      {path, sha256, bytes} of every file in the two folders below
out/media/           photos, their renditions and uploads by their names in the media storage
out/artifacts/       adapters, chains and logs of rounds by their names in the artifact storage
"""

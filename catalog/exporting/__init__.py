"""Rows -> files, in pieces of bytes: memory does not grow with the rows. Pure: no ORM.

`tables` says what columns are; `as_csv`, `as_jsonl` and `as_parquet` write them; `members` are files of a
folder or a zip; `dataset` is the folder that Hugging Face `datasets` loads; `whole` makes files and folders
appear whole.
"""

"""The learning loop of attrx, usable without the web app: records in, JSONL and adapter folders out."""

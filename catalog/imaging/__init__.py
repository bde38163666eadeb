"""Photos as files: where they come from, whether they are sound, how they are stored and shown. No ORM."""

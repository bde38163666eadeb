"""Health of a catalogue and its model, week by week: what is gathered, judged by rules, and told to people."""

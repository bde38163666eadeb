"""Health of a catalogue and its model, week by week: gathered, judged by rules, told to people."""

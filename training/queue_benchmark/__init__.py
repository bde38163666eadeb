"""How fast the queue answers many people at once: the tasks, the people, and what is checked afterwards."""

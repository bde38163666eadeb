"""A round over millions of questions: its catalogue, a sampler without a model, and the pages meanwhile."""

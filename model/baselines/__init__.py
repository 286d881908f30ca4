"""What the model has to beat, trained on the same events: a Markov model and a GRU."""

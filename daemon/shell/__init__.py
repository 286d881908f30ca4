"""Commands that steer a running daemon or look at what it left."""

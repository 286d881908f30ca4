"""A process that outlives the session process: ends its notes, and mends its connections."""

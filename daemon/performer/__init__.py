"""The performer process: from what was heard to what is played."""

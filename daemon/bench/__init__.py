"""`antiphon bench`, and the rig that it and the tests stand on."""

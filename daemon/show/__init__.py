"""`antiphon show`: a recorded jam as a picture and a page."""

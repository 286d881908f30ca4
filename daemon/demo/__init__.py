"""`antiphon demo`: a call, a reply, a picture and sound."""

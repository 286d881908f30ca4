"""``antiphon evaluate desk``: what the desk says of music, judged by what is known of it."""

"""Takes out of files what they say about their maker without decoding them: which bytes go, then the rest is copied."""

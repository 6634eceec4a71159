"""Tables and statements of intake; every function takes a session and none commits."""

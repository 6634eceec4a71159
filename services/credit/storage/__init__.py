"""Tables of credit and one module per aggregate; a function takes a session and never commits."""

"""The checks, one module per kind; `table` names them."""

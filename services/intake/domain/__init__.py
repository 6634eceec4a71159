"""The business of intake: codes, settlements, the registry; standard library only."""

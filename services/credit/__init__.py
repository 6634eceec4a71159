"""Credit: points of practitioners, eligibility, and scores of institutions, all derived from ledgers."""

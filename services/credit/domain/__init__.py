"""The business of credit: points on a licence, measures, scores; standard library only."""

"""The business of screening: claims, rules, history and findings; pure, standard library only."""

"""Blind ratings: pictures without labels, in an order by a seed, judged by one rater after another."""

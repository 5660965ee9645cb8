"""phi4web: a browser worksheet that checks itself.

problem text -> prompt -> token events -> thought | solution -> answer + steps -> verdicts -> cell
"""

__version__ = "0.1.0"

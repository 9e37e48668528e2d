"""A seeded storm: orders of every kind while everything is killed at random, and callbacks are
duplicated, reordered, delayed and forged. `test_storm.py` judges what is left of it.
"""

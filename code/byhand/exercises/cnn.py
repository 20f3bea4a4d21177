"""Exercises to come."""

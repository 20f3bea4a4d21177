"""The engine: it judges an answer, names the mistake,
keeps the progress. Exercises stand in `topics/`."""

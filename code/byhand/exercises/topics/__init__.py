"""The exercises themselves, one module for each topic;
every module here is found by its being here."""

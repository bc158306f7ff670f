"""Catalogues of the words on screen, one folder a language, and how they are made."""

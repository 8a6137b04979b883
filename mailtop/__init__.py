"""mailtop: what is hitting a mail server, from where, and what stops it, read live from its log."""

__version__ = "0.1.0"

"""The platform: cohort settings, hub, scoring service, course site, command line."""

__version__ = "0.1.0"

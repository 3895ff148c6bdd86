"""Figures that README and docs quote, each from one command."""

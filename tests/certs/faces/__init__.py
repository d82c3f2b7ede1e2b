"""Faces of a certificate."""

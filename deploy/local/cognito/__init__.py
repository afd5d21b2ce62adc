"""Cognito, as far as a website and its services see it: moto's, with what moto lets pass refused as AWS refuses it."""

"""Trace → why, why not, what each term brings, what to ask next, text for an audience."""

from clientcore.explain.explainer import Explainer

__all__ = ["Explainer"]

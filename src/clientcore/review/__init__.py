"""The review of one account: twenty items, filled from its decision and records, or with what to ask."""

from clientcore.review.agenda import AGENDA, Topic
from clientcore.review.pack import Item, Pack, review_pack

__all__ = ["AGENDA", "Item", "Pack", "Topic", "review_pack"]

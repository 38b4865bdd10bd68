"""Instagram: direct messages, and comments under an account's posts.

https://developers.facebook.com/docs/instagram-platform
"""

from channels.instagram.comments import InstagramComments
from channels.instagram.direct import Instagram
from channels.instagram.settings import Settings

__all__ = ["Instagram", "InstagramComments", "Settings"]

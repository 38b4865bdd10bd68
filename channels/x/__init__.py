"""X: direct messages and public posts of one account.

https://docs.x.com/x-api/activity/introduction
"""

from channels.x.direct import XDirect
from channels.x.posts import XPosts
from channels.x.settings import Settings

__all__ = ["Settings", "XDirect", "XPosts"]

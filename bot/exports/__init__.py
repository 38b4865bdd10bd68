"""Reads the histories that platforms export, and tells what happened in them.

`Export` opens a file, a folder or a zip; its `conversations()` hold what was written, with names,
the platforms' own ids and texts (`bot.exports.message`); `bot.exports.events` turns them into the
events of the reports. Nothing here reaches for the network or the store.
"""

"""Reading files that nobody vouches for, and writing files whole or not at all.

What a file announces is held against its own size before memory is taken for it, and whatever is
wrong with it is one ValueError that names the file and the place in it.
"""

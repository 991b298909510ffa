"""Tables and rows: read models register theirs here; what is published is kept, not replayed."""

from sqlalchemy import MetaData

metadata = MetaData()

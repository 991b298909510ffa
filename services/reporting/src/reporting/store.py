"""The tables of the read models register here; each is declared beside its statements."""

from sqlalchemy import MetaData

metadata = MetaData()

"""Databases and roles: each service owns one database and is neither superuser nor above RLS."""

import re
import secrets
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def url_for(admin_url: str, name: str, password: str) -> str:
    """The address by which the role of a database reaches it."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(password)}@{address}", path=f"/{name}"))


def plain(url: str) -> str:
    """The same address without SQLAlchemy's driver name, which asyncpg does not know."""
    return re.sub(r"^postgresql\+\w+://", "postgresql://", url)


async def create(admin_url: str, name: str, password: str | None = None) -> str:
    """Create role and database where they are missing and set the password; returns the URL."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a database")
    secret = password or secrets.token_urlsafe(18)
    admin = await asyncpg.connect(plain(admin_url))
    try:
        if not await admin.fetchval("select 1 from pg_roles where rolname = $1", name):
            await admin.execute(f'CREATE ROLE "{name}"')
        literal = await admin.fetchval("select quote_literal($1)", secret)
        options = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
        await admin.execute(f'ALTER ROLE "{name}" {options} PASSWORD {literal}')
        if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
            # A managed server's administrator may make databases only for roles it belongs to.
            await admin.execute(f'GRANT "{name}" TO CURRENT_USER')
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await admin.close()
    return url_for(plain(admin_url), name, secret)


async def drop(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(plain(admin_url))
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'DROP ROLE IF EXISTS "{name}"')
    finally:
        await admin.close()

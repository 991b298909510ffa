#!/bin/sh
# One database and one role per service; the role owns it and is bound by row security.
set -eu
for service in enrolment assessment portfolio events reporting
do
    psql --username postgres --set ON_ERROR_STOP=1 --set password="$NPP_DATABASE_PASSWORD" <<SQL
CREATE ROLE $service LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE $service OWNER $service;
REVOKE ALL ON DATABASE $service FROM PUBLIC;
SQL
done

-- The database and its two roles, on a new server. Run once as a superuser:
--   psql -v owner_password=... -v service_password=... -f roles.sql
-- identity_owner changes the schema. identity_service, as which the provider runs, works in it and can change neither
-- the schema nor audit rows.
CREATE ROLE identity_app NOLOGIN;
CREATE ROLE identity_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE identity_service LOGIN PASSWORD :'service_password' IN ROLE identity_app;
CREATE DATABASE identity OWNER identity_owner;
REVOKE ALL ON DATABASE identity FROM PUBLIC;
GRANT CONNECT ON DATABASE identity TO identity_service;

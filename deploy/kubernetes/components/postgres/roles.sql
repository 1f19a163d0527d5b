-- Who signs in with which certificate. A service reads and writes rows; only rapport_migrate changes a schema; a backup
-- reads everything, beyond the wall between agencies too.
CREATE ROLE rapport_migrate LOGIN;

CREATE ROLE rapport_intake LOGIN;

CREATE ROLE rapport_notes LOGIN;

CREATE ROLE rapport_goals LOGIN;

CREATE ROLE rapport_alliance LOGIN;

CREATE ROLE rapport_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data;

CREATE DATABASE rapport OWNER rapport_migrate;

CREATE DATABASE rapport_keys OWNER rapport_migrate;

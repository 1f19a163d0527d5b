-- A comment; with "quotes", a BIGINT and a ) in it.
CREATE TABLE first (
  agency_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (agency_id, number)
);

INSERT INTO first (agency_id, number, words) VALUES ('a', 1, 'kept; BIGINT BYTEA ''quoted''');

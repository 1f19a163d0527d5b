-- SERVICE.keys.db: wrapped keys and nothing else. Apart from the data, so that no backup of the data
-- brings an erased family back; its own backups last 7 days. Times are microseconds UTC.

-- Wrapped by a key encryption key, whose id is in the value. The greatest version is the one in use.
CREATE TABLE agency_key (
  agency_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  made_us BIGINT NOT NULL,
  wrapped BYTEA NOT NULL,
  PRIMARY KEY (agency_id, version)
);

-- Wrapped by an agency key, whose version is in the value. An empty family is the agency itself.
CREATE TABLE family_key (
  agency_id TEXT COLLATE "C" NOT NULL,
  family_id BYTEA NOT NULL,
  key_class BIGINT NOT NULL,
  made_us BIGINT NOT NULL,
  wrapped BYTEA NOT NULL,
  PRIMARY KEY (agency_id, family_id, key_class)
);

-- Families whose keys were destroyed: none is ever made for them again.
CREATE TABLE erasure (
  agency_id TEXT COLLATE "C" NOT NULL,
  family_id BYTEA NOT NULL,
  erased_us BIGINT NOT NULL,
  PRIMARY KEY (agency_id, family_id)
);

-- Records of the classes that the law keeps apart from the rest: tables and keys of their own. Written
-- once, never changed, found by name or inside one family: no history, no index over the agency.

CREATE TABLE record_psychotherapy (
  agency_id TEXT COLLATE "C" NOT NULL,
  family_id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  id BYTEA NOT NULL,
  parent_id BYTEA NOT NULL,
  state BIGINT NOT NULL,
  sort_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (agency_id, family_id, kind, id)
);

CREATE TABLE record_substance_use (
  agency_id TEXT COLLATE "C" NOT NULL,
  family_id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  id BYTEA NOT NULL,
  parent_id BYTEA NOT NULL,
  state BIGINT NOT NULL,
  sort_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (agency_id, family_id, kind, id)
);

-- Which of the family's keys sealed an answer: that of what the call wrote.
ALTER TABLE answer ADD COLUMN key_class BIGINT NOT NULL DEFAULT 1;

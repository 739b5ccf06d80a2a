"""The SQL that folds an overlay into the last snapshot, and finds who was enrolled again."""

from shared.domain.known_device import DeviceRecord

IDENTITY = """
    id VARCHAR, name VARCHAR, entra_id VARCHAR, user_id VARCHAR, user_name VARCHAR,
    serial VARCHAR, manufacturer VARCHAR, model VARCHAR, category VARCHAR, profile VARCHAR,
    os_version VARCHAR, enrolled TIMESTAMP, last_sync TIMESTAMP, assessment VARCHAR
"""
HISTORY = """
    open STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, since TIMESTAMP,
                held BOOLEAN)[],
    cleared STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, cleared TIMESTAMP)[]
"""

TABLES = f"""
CREATE TABLE overlay (
    {IDENTITY}, {HISTORY}, read_at TIMESTAMP, gone BOOLEAN, succeeded_by VARCHAR,
    succeeds VARCHAR,
    transitions STRUCT(capability VARCHAR, reason VARCHAR, transition VARCHAR, cause VARCHAR,
                       first_seen TIMESTAMP, since TIMESTAMP, "at" TIMESTAMP)[]);
CREATE TABLE outdated (id VARCHAR);
CREATE TABLE heirs (id VARCHAR, forebear VARCHAR);
"""

REASSESSED = """
CREATE TABLE reassessed AS
SELECT o.* EXCLUDE (gone, transitions), a.* EXCLUDE (assessment, opened, held)
FROM overlay o JOIN assessments a USING (assessment) WHERE NOT o.gone
"""

SNAPSHOT = """
CREATE VIEW snapshot AS
SELECT * FROM read_parquet('{file}')
UNION ALL BY NAME
SELECT * FROM reassessed WHERE false
"""
"""A snapshot that was written before it had all columns is read with nulls in them."""

NO_SNAPSHOT = "CREATE VIEW snapshot AS SELECT * FROM reassessed WHERE false"

PREVIOUS = """
CREATE VIEW previous AS
SELECT * FROM snapshot ANTI JOIN overlay USING (id)
UNION ALL BY NAME
SELECT * FROM reassessed
"""

_OLDER_PAGE = """
found.id = overlay.id
AND NOT is_fresher(found.read_at, found.last_sync, overlay.read_at, overlay.last_sync)
"""

SET_ASIDE = f"""
INSERT INTO outdated SELECT found.id FROM found JOIN overlay ON {_OLDER_PAGE};
DELETE FROM found USING overlay WHERE {_OLDER_PAGE};
"""  # noqa: S608 - our own condition

OUTDATED = "SELECT DISTINCT id FROM outdated ANTI JOIN found USING (id) ORDER BY id"
NEWCOMERS = "SELECT DISTINCT id FROM found ANTI JOIN previous USING (id) ORDER BY id"

PREFER = f"""
INSERT INTO found BY NAME
SELECT {", ".join(DeviceRecord.__struct_fields__)}, assessment, read_at
FROM reassessed SEMI JOIN outdated USING (id) ANTI JOIN found USING (id)
"""  # noqa: S608 - our own column names

SORT_OUT = """
CREATE TABLE kept AS
SELECT id FROM previous SEMI JOIN unverified USING (id) ANTI JOIN found USING (id);
CREATE TABLE absent AS SELECT id FROM previous ANTI JOIN found USING (id) ANTI JOIN kept USING (id);
CREATE TABLE newcomers AS
SELECT id, entra_id, serial, enrolled FROM found ANTI JOIN previous USING (id);
CREATE VIEW forebears AS
SELECT id, entra_id, serial, enrolled, last_sync, open, cleared, read_at, succeeded_by,
       false AS gone
FROM previous
UNION ALL
SELECT id, entra_id, serial, enrolled, last_sync, open, cleared, read_at, succeeded_by,
       true AS gone
FROM overlay WHERE gone;
"""

PROMISED = """
INSERT INTO heirs
SELECT n.id, f.id FROM newcomers n JOIN forebears f ON f.succeeded_by = n.id
QUALIFY row_number() OVER (PARTITION BY n.id ORDER BY f.last_sync DESC NULLS LAST, f.id) = 1
"""
"""The overlay had named the heir, and its message ended before it wrote the heir itself."""

ALIKE = """
INSERT INTO heirs
SELECT n.id, f.id
FROM (
    SELECT id, enrolled, {key} AS key,
           row_number() OVER (PARTITION BY {key} ORDER BY id) AS turn
    FROM newcomers ANTI JOIN heirs USING (id)
    WHERE {key} IS NOT NULL) n
JOIN (
    SELECT id, enrolled, {key} AS key, row_number() OVER (
               PARTITION BY {key} ORDER BY last_sync DESC NULLS LAST, id) AS turn
    FROM forebears ANTI JOIN newcomers USING (id) ANTI JOIN heirs ON heirs.forebear = forebears.id
    WHERE succeeded_by IS NULL AND {condition} AND {key} IN (SELECT {key} FROM newcomers)) f
USING (key, turn)
WHERE coalesce(f.enrolled <= n.enrolled, true)
"""
"""Devices with one key are paired off in turn, so that a key which many share costs no more.

A page may be the last to tell of an old enrolment, which is not the heir of one that began later.
"""

RETURNED = """
INSERT INTO heirs
SELECT id, id FROM newcomers SEMI JOIN (SELECT id FROM overlay WHERE gone) USING (id)
ANTI JOIN heirs USING (id)
"""

SUCCESSION = (
    PROMISED,
    ALIKE.format(key="entra_key(entra_id)", condition="true"),
    ALIKE.format(key="serial_key(serial)", condition="(gone OR id IN (SELECT id FROM absent))"),
    RETURNED,
)
"""Who inherits from whom, the surer signs first."""

INHERIT = """
CREATE TABLE inherited AS
SELECT h.id, greatest(f.read_at, own.read_at) AS read_at,
       CASE WHEN h.id <> f.id THEN f.id ELSE own.succeeds END AS succeeds,
       CASE WHEN h.id <> f.id THEN f.open ELSE [] END AS open,
       CASE WHEN h.id <> f.id THEN f.cleared ELSE list_concat(
           f.cleared,
           list_transform(f.open, lambda w: {
               'capability': w.capability, 'reason': w.reason,
               'first_seen': w.first_seen, 'cleared': f.read_at})) END AS cleared
FROM heirs h
JOIN forebears f ON f.id = h.forebear
LEFT JOIN overlay own ON own.id = h.id;
CREATE VIEW succeeded AS SELECT forebear AS id, id AS heir FROM heirs WHERE id <> forebear;
"""
"""What a device left open that comes back under its own id lives on with its heir, not here."""

COUNTS = """
WITH known_new AS (
    SELECT id FROM reassessed ANTI JOIN snapshot USING (id) ANTI JOIN absent USING (id)),
known_again AS (SELECT id FROM known_new SEMI JOIN forebears ON succeeded_by = known_new.id),
left_out AS (
    SELECT id FROM snapshot SEMI JOIN (
        SELECT id FROM absent UNION ALL SELECT id FROM overlay WHERE gone) USING (id)
    ANTI JOIN found USING (id)),
silent AS (
    SELECT id FROM succeeded UNION ALL SELECT id FROM forebears WHERE succeeded_by IS NOT NULL)
SELECT (SELECT count(*) FROM found) + (SELECT count(*) FROM kept),
       (SELECT count(*) FROM newcomers ANTI JOIN heirs USING (id))
           + (SELECT count(*) FROM known_new ANTI JOIN known_again USING (id)),
       (SELECT count(*) FROM left_out ANTI JOIN silent USING (id)),
       (SELECT count(*) FROM heirs) + (SELECT count(*) FROM known_again),
       (SELECT count(*) FROM kept)
"""
"""Against the last snapshot as it was stored, so that what the overlay knew first counts too."""

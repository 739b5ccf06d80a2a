"""The SQL of the merge: pages and the last snapshot in, devices and changes out."""

from collections.abc import Mapping

from shared.domain.sweep import ROW

TABLES = """
CREATE TABLE assessments (
    assessment VARCHAR PRIMARY KEY,
    backup_verdict VARCHAR, backup_ready VARCHAR, backup_blockers VARCHAR[],
    restore_verdict VARCHAR, restore_ready VARCHAR, restore_blockers VARCHAR[],
    first_sign_in_restore_verdict VARCHAR, first_sign_in_restore_ready VARCHAR,
    first_sign_in_restore_blockers VARCHAR[],
    opened STRUCT(capability VARCHAR, reason VARCHAR)[],
    held STRUCT(capability VARCHAR, reason VARCHAR)[]);
CREATE TABLE found (
    id VARCHAR, name VARCHAR, entra_id VARCHAR, user_id VARCHAR, user_name VARCHAR,
    serial VARCHAR, manufacturer VARCHAR, model VARCHAR, category VARCHAR, profile VARCHAR,
    os_version VARCHAR, enrolled TIMESTAMP, last_sync TIMESTAMP, assessment VARCHAR,
    page INTEGER);
CREATE TABLE unverified (id VARCHAR);
"""

NO_PREVIOUS = """
CREATE TABLE previous (
    id VARCHAR, name VARCHAR, entra_id VARCHAR, user_id VARCHAR, user_name VARCHAR,
    serial VARCHAR, manufacturer VARCHAR, model VARCHAR, category VARCHAR, profile VARCHAR,
    os_version VARCHAR, enrolled TIMESTAMP, last_sync TIMESTAMP, assessment VARCHAR,
    backup_verdict VARCHAR, backup_ready VARCHAR, backup_blockers VARCHAR[],
    restore_verdict VARCHAR, restore_ready VARCHAR, restore_blockers VARCHAR[],
    first_sign_in_restore_verdict VARCHAR, first_sign_in_restore_ready VARCHAR,
    first_sign_in_restore_blockers VARCHAR[],
    open STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, since TIMESTAMP,
                held BOOLEAN)[],
    cleared STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, cleared TIMESTAMP)[])
"""

PREVIOUS = "CREATE VIEW previous AS SELECT * FROM read_parquet('{file}')"

_COLUMNS = ", ".join(f"line[{n}] AS {name}" for n, name in enumerate(ROW, start=1))

GATHER = f"""
INSERT INTO found
SELECT id, name, entra_id, user_id, user_name, serial, manufacturer, model, category, profile,
       os_version, try_cast(enrolled AS TIMESTAMP), try_cast(last_sync AS TIMESTAMP), assessment,
       page
FROM (SELECT {_COLUMNS},
             CAST(regexp_extract(filename, '(\\d+)\\.jsonl\\.zst$', 1) AS INTEGER) AS page
      FROM read_json($files, format = 'newline_delimited', records = 'false',
                     compression = 'zstd', filename = true, columns = {{line: 'VARCHAR[]'}})
      WHERE len(line) = {len(ROW)})
"""  # noqa: S608 - our own column names

DUPLICATES = "SELECT count(*) - count(DISTINCT id) FROM found"

KEEP_NEWEST = """
CREATE OR REPLACE TABLE found AS
SELECT * FROM found
QUALIFY row_number() OVER (PARTITION BY id ORDER BY last_sync DESC NULLS LAST, page DESC) = 1
"""

MISSING = "SELECT id FROM previous ANTI JOIN found USING (id) ORDER BY id"

MACROS = """
CREATE MACRO same(a, b) AS a.capability = b.capability AND a.reason = b.reason;
CREATE MACRO among(items, wanted) AS
    len(list_filter(coalesce(items, []), lambda i: same(i, wanted))) > 0;
CREATE MACRO the(items, wanted) AS list_filter(coalesce(items, []), lambda i: same(i, wanted))[1];
"""

STEPS = """
CREATE MACRO steps(low, high, remembered_from) AS TABLE
SELECT f.*, a.* EXCLUDE (assessment),
       p.id IS NULL AS new_device,
       p.id IS NOT NULL AND p.assessment = f.assessment AS unchanged,
       p.open AS was_open,
       list_filter(p.cleared, lambda c: c.cleared > remembered_from) AS was_cleared
FROM (SELECT * FROM found WHERE id >= low AND id < high) f
JOIN assessments a USING (assessment)
LEFT JOIN (SELECT * FROM previous WHERE id >= low AND id < high) p USING (id)
"""

RANGES = [*"0123456789abcdef"]
"""First digits of ids: each sixteenth of the fleet is joined by itself, to bound memory.

Ids that are no lower-case GUIDs are fewer, and fall into the range where they sort.
"""

DEVICES = """
COPY (
    SELECT id, name, entra_id, user_id, user_name, serial, manufacturer, model, category, profile,
           os_version, enrolled, last_sync, assessment,
           backup_verdict, backup_ready, backup_blockers,
           restore_verdict, restore_ready, restore_blockers,
           first_sign_in_restore_verdict, first_sign_in_restore_ready,
           first_sign_in_restore_blockers,
           CASE WHEN unchanged THEN was_open ELSE list_concat(
               list_transform(opened, lambda o: {{
                   'capability': o.capability, 'reason': o.reason,
                   'first_seen': coalesce(the(was_open, o).first_seen,
                                          the(was_cleared, o).first_seen, {started}),
                   'since': coalesce(the(was_open, o).since, {started}),
                   'held': false}}),
               list_transform(
                   list_filter(coalesce(was_open, []), lambda w: among(held, w)),
                   lambda w: {{
                       'capability': w.capability, 'reason': w.reason,
                       'first_seen': w.first_seen, 'since': w.since, 'held': true}})
           ) END AS open,
           CASE WHEN unchanged THEN was_cleared ELSE list_concat(
               list_filter(coalesce(was_cleared, []), lambda c: NOT among(opened, c)),
               list_transform(
                   list_filter(coalesce(was_open, []),
                               lambda w: NOT among(opened, w) AND NOT among(held, w)),
                   lambda w: {{
                       'capability': w.capability, 'reason': w.reason,
                       'first_seen': w.first_seen, 'cleared': {started}}})
           ) END AS cleared
    FROM steps('{low}', '{high}', {remembered_from})
    UNION ALL BY NAME
    SELECT * FROM previous SEMI JOIN unverified USING (id) WHERE id >= '{low}' AND id < '{high}'
    ORDER BY id
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

CHANGES = """
COPY (
    SELECT id, name, serial, user_name, model, t.capability AS capability, t.reason AS reason,
           t.transition AS transition, cause, t.first_seen AS first_seen, t.since AS since,
           {started} AS at
    FROM (
        SELECT id, name, serial, user_name, model,
               CASE WHEN new_device THEN 'new_device' ELSE 'assessed' END AS cause,
               unnest(list_concat(
                   list_transform(
                       list_filter(opened, lambda o: NOT among(was_open, o)),
                       lambda o: {{
                           'capability': o.capability, 'reason': o.reason,
                           'transition': CASE WHEN among(was_cleared, o)
                                              THEN 'reopened' ELSE 'raised' END,
                           'first_seen': coalesce(the(was_cleared, o).first_seen, {started}),
                           'since': {started}}}),
                   list_transform(
                       list_filter(coalesce(was_open, []),
                                   lambda w: NOT among(opened, w) AND NOT among(held, w)),
                       lambda w: {{
                           'capability': w.capability, 'reason': w.reason,
                           'transition': 'cleared', 'first_seen': w.first_seen,
                           'since': w.since}}))) AS t
        FROM steps('{low}', '{high}', {remembered_from}) WHERE NOT unchanged AND NOT {baseline}
        UNION ALL BY NAME
        SELECT id, name, serial, user_name, model, 'gone' AS cause,
               unnest(list_transform(open, lambda w: {{
                   'capability': w.capability, 'reason': w.reason, 'transition': 'cleared',
                   'first_seen': w.first_seen, 'since': w.since}})) AS t
        FROM previous ANTI JOIN found USING (id)
        WHERE id >= '{low}' AND id < '{high}' AND id NOT IN (SELECT id FROM unverified))
    ORDER BY id, capability, reason
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

LARGER_SIDE = """
SELECT greatest((SELECT count(*) FROM found), (SELECT count(*) FROM previous))
"""

JOINED = """
COPY (SELECT * FROM read_parquet($parts)) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

PER_ASSESSMENT = "SELECT assessment, count(*) FROM read_parquet('{file}') GROUP BY ALL"

TALLIES = """
SELECT transition, capability, reason, cause, count(*) FROM read_parquet('{file}')
GROUP BY ALL ORDER BY ALL
"""

COUNTS = """
SELECT (SELECT count(*) FROM found) + (SELECT count(*) FROM unverified),
       (SELECT count(*) FROM found ANTI JOIN previous USING (id)),
       (SELECT count(*) FROM previous ANTI JOIN found USING (id)
        WHERE id NOT IN (SELECT id FROM unverified)),
       (SELECT count(*) FROM unverified)
"""

COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_name = ? ORDER BY ordinal_position
"""


def load(table: str, columns: Mapping[str, str], file: str) -> str:
    """Write the statement that reads JSON lines into one of our own tables."""
    names = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    return (
        f"INSERT INTO {table} SELECT * FROM read_json('{file}', "  # noqa: S608 - our own names
        f"format = 'newline_delimited', columns = {{{names}}})"
    )

"""The SQL of the merge: pages and the last snapshot in, devices and changes out."""

from collections.abc import Mapping

from shared.adapters.storage.fold_sql import IDENTITY
from shared.domain.sweep import ROW

TABLES = f"""
CREATE TABLE assessments (
    assessment VARCHAR PRIMARY KEY,
    backup_verdict VARCHAR, backup_ready VARCHAR, backup_blockers VARCHAR[],
    restore_verdict VARCHAR, restore_ready VARCHAR, restore_blockers VARCHAR[],
    first_sign_in_restore_verdict VARCHAR, first_sign_in_restore_ready VARCHAR,
    first_sign_in_restore_blockers VARCHAR[],
    opened STRUCT(capability VARCHAR, reason VARCHAR)[],
    held STRUCT(capability VARCHAR, reason VARCHAR)[]);
CREATE TABLE pages (page INTEGER, read_at TIMESTAMP);
CREATE TABLE found ({IDENTITY}, page INTEGER, read_at TIMESTAMP);
CREATE TABLE unverified (id VARCHAR);
"""

_COLUMNS = ", ".join(f"line[{n}] AS {name}" for n, name in enumerate(ROW, start=1))

GATHER = f"""
INSERT INTO found
SELECT id, name, entra_id, user_id, user_name, serial, manufacturer, model, category, profile,
       os_version, try_cast(enrolled AS TIMESTAMP), try_cast(last_sync AS TIMESTAMP), assessment,
       page, read_at
FROM (SELECT {_COLUMNS},
             CAST(regexp_extract(filename, '(\\d+)\\.jsonl\\.zst$', 1) AS INTEGER) AS page
      FROM read_json($files, format = 'newline_delimited', records = 'false',
                     compression = 'zstd', filename = true, columns = {{line: 'VARCHAR[]'}})
      WHERE len(line) = {len(ROW)})
JOIN pages USING (page)
"""  # noqa: S608 - our own column names

DUPLICATES = "SELECT count(*) - count(DISTINCT id) FROM found"

KEEP_NEWEST = """
CREATE OR REPLACE TABLE found AS
SELECT * FROM found
QUALIFY row_number() OVER (
    PARTITION BY id ORDER BY last_sync DESC NULLS LAST, read_at DESC, page DESC) = 1
"""

MISSING = """
SELECT id FROM previous ANTI JOIN found USING (id) ANTI JOIN outdated USING (id) ORDER BY id
"""

MACROS = """
CREATE MACRO same(a, b) AS a.capability = b.capability AND a.reason = b.reason;
CREATE MACRO among(items, wanted) AS
    len(list_filter(coalesce(items, []), lambda i: same(i, wanted))) > 0;
CREATE MACRO the(items, wanted) AS list_filter(coalesce(items, []), lambda i: same(i, wanted))[1];
"""

STEPS = """
CREATE MACRO steps(low, high, started, remembered) AS TABLE
SELECT f.*, a.* EXCLUDE (assessment),
       CASE WHEN p.id IS NULL THEN 'new_device'
            WHEN p.again THEN 're_enrolled' ELSE 'assessed' END AS cause,
       coalesce(p.assessment = f.assessment, false) AS unchanged,
       greatest(started, p.read_at) AS moment,
       p.open AS was_open,
       list_filter(p.cleared, lambda c: c.cleared > greatest(started, p.read_at) - remembered)
           AS was_cleared,
       coalesce(s.heir, p.succeeded_by) AS succeeded_by,
       p.succeeds AS succeeds
FROM (SELECT * FROM found WHERE id >= low AND id < high) f
JOIN assessments a USING (assessment)
LEFT JOIN (
    SELECT id, assessment, open, cleared, read_at, succeeded_by, succeeds, false AS again
    FROM previous WHERE id >= low AND id < high
    UNION ALL
    SELECT id, NULL, open, cleared, read_at, NULL, succeeds, true
    FROM inherited WHERE id >= low AND id < high) p USING (id)
LEFT JOIN succeeded s USING (id)
"""
"""A device's dates never run backwards: what is found is dated no earlier than it was read before.
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
                                          the(was_cleared, o).first_seen, moment),
                   'since': coalesce(the(was_open, o).since, moment),
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
                       'first_seen': w.first_seen, 'cleared': moment}})
           ) END AS cleared,
           read_at, succeeded_by, succeeds
    FROM steps('{low}', '{high}', {started}, {remembered})
    UNION ALL BY NAME
    SELECT * EXCLUDE (heir) REPLACE (coalesce(heir, succeeded_by) AS succeeded_by)
    FROM previous SEMI JOIN kept USING (id) LEFT JOIN succeeded USING (id)
    WHERE id >= '{low}' AND id < '{high}'
    ORDER BY id
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

CHANGES = """
COPY (
    SELECT id, name, serial, user_name, model, capability, reason, transition, cause,
           first_seen, since, "at", via
    FROM (
        SELECT id, name, serial, user_name, model, cause, moment AS "at", 'sweep' AS via,
               unnest(list_concat(
                   list_transform(
                       list_filter(opened, lambda o: NOT among(was_open, o)),
                       lambda o: {{
                           'capability': o.capability, 'reason': o.reason,
                           'transition': CASE WHEN among(was_cleared, o)
                                              THEN 'reopened' ELSE 'raised' END,
                           'first_seen': coalesce(the(was_cleared, o).first_seen, moment),
                           'since': moment}}),
                   list_transform(
                       list_filter(coalesce(was_open, []),
                                   lambda w: NOT among(opened, w) AND NOT among(held, w)),
                       lambda w: {{
                           'capability': w.capability, 'reason': w.reason,
                           'transition': 'cleared', 'first_seen': w.first_seen,
                           'since': w.since}})), max_depth := 2)
        FROM steps('{low}', '{high}', {started}, {remembered})
        WHERE NOT unchanged AND NOT {baseline}
        UNION ALL BY NAME
        SELECT id, name, serial, user_name, model, 'gone' AS cause,
               greatest({started}, read_at) AS "at", 'sweep' AS via,
               unnest(list_transform(open, lambda w: {{
                   'capability': w.capability, 'reason': w.reason, 'transition': 'cleared',
                   'first_seen': w.first_seen, 'since': w.since}}), max_depth := 2)
        FROM previous SEMI JOIN absent USING (id) ANTI JOIN succeeded USING (id)
        WHERE id >= '{low}' AND id < '{high}' AND succeeded_by IS NULL
        UNION ALL BY NAME
        SELECT id, name, serial, user_name, model, 'feed' AS via,
               unnest(transitions, max_depth := 2)
        FROM overlay WHERE id >= '{low}' AND id < '{high}')
    ORDER BY id, capability, reason, "at"
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

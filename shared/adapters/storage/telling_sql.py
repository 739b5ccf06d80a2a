"""The SQL of telling: what stands open and what was told in, the words that are due out."""

from shared.adapters.storage.line_rows import COLUMNS, WORST_FIRST
from shared.domain.rule import CAPABILITIES

WHO = "name, user_name, serial, manufacturer, model, category, profile"
"""What a device is shown by."""

_WHO_COLUMNS = dict.fromkeys(WHO.split(", "), "VARCHAR")
OVERLAY = {
    "id": "VARCHAR",
    **_WHO_COLUMNS,
    "open": "STRUCT(capability VARCHAR, reason VARCHAR, first_seen TIMESTAMP, since TIMESTAMP)[]",
    "succeeds": "VARCHAR",
    "succeeded_by": "VARCHAR",
    "gone": "BOOLEAN",
}
TOLD = {
    "device": "VARCHAR",
    "capability": "VARCHAR",
    "reason": "VARCHAR",
    "word": "VARCHAR",
    "at": "TIMESTAMP",
    "first_seen": "TIMESTAMP",
    "since": "TIMESTAMP",
    **_WHO_COLUMNS,
}
GRACE = {"reason": "VARCHAR", "micros": "BIGINT"}
SEVERITIES = {"reason": "VARCHAR", "severity": "VARCHAR"}
EXEMPTIONS = dict.fromkeys(("reason_code", "device", "category", "profile", "model"), "VARCHAR")

KNOWN = f"""
CREATE VIEW snapshot AS
SELECT * FROM read_parquet('{{file}}')
UNION ALL BY NAME
SELECT * FROM overlay WHERE false;
CREATE VIEW known AS
SELECT id, {WHO}, open, succeeds, succeeded_by, false AS gone
FROM snapshot ANTI JOIN overlay USING (id)
UNION ALL
SELECT id, {WHO}, open, succeeds, succeeded_by, gone FROM overlay;
"""  # noqa: S608 - our own column names
"""Each device once, those that are gone too; a snapshot of old has nulls in the later columns."""

HEIRS = """
CREATE TABLE heirs AS
WITH RECURSIVE
handed_over AS (
    SELECT succeeds AS device, id AS heir FROM known
    WHERE succeeds IS NOT NULL AND succeeds IS DISTINCT FROM succeeded_by
    UNION
    SELECT id, succeeded_by FROM known WHERE succeeded_by IS NOT NULL),
descends AS (
    SELECT device, heir FROM handed_over
    UNION
    SELECT d.device, h.heir FROM descends d JOIN handed_over h ON h.device = d.heir),
living AS (
    SELECT device, heir FROM descends SEMI JOIN (SELECT id FROM known WHERE NOT gone) k
    ON k.id = descends.heir WHERE device <> heir)
SELECT device, min(heir) AS heir FROM living
WHERE heir NOT IN (SELECT device FROM living) GROUP BY device
"""
"""Who carries on a device's history, over any number of enrolments. A device that came back under
an old id of its own carries on what it had handed over itself."""

STANDING = """
CREATE TABLE standing AS
SELECT id AS device, unnest(open, max_depth := 2)
FROM (
    SELECT id, list_transform(open, lambda o: {
        'capability': o.capability, 'reason': o.reason,
        'first_seen': o.first_seen, 'since': o.since}) AS open
    FROM known ANTI JOIN heirs ON heirs.device = known.id WHERE NOT gone)
"""

NOTHING_TOLD = "CREATE VIEW stored AS SELECT {columns} WHERE false".format(
    columns=", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in TOLD.items())
)
SOMETHING_TOLD = "CREATE VIEW stored AS SELECT * FROM read_parquet('{file}')"

TOLD_NOW = """
CREATE TABLE moved AS
SELECT coalesce(heir, device) AS device, stored.* EXCLUDE (device)
FROM stored LEFT JOIN heirs USING (device)
WHERE heir IS NOT NULL OR device IN (SELECT heir FROM heirs)
QUALIFY row_number() OVER (
    PARTITION BY coalesce(heir, device), capability, reason ORDER BY "at" DESC, word DESC) = 1;
CREATE VIEW told AS
SELECT * FROM stored
WHERE device NOT IN (SELECT device FROM heirs) AND device NOT IN (SELECT heir FROM heirs)
UNION ALL BY NAME
SELECT * FROM moved;
"""
"""What was told of a device that was enrolled again counts as told of the new one; where something
was told of both, the last word counts."""

_SCOPES = """
    (e.reason_code IS NULL OR e.reason_code = f.reason)
    AND (e.category IS NULL OR lower(e.category) = f.category)
    AND (e.profile IS NULL OR lower(e.profile) = f.profile)
    AND (e.model IS NULL OR lower(e.model) = f.model)
"""

EXEMPT = f"""
CREATE TABLE exempt AS
WITH
findings AS (
    SELECT device, reason, lower(category) AS category, lower(profile) AS profile,
           lower(model) AS model, [lower(id), lower(name), lower(serial)] AS names
    FROM (SELECT DISTINCT device, reason FROM standing) s JOIN known ON known.id = s.device),
kinds AS (
    SELECT f.* FROM (SELECT DISTINCT reason, category, profile, model FROM findings) f
    SEMI JOIN exemptions e ON e.device IS NULL AND {_SCOPES})
SELECT f.device, f.reason FROM findings f JOIN kinds k
ON k.reason = f.reason AND k.category IS NOT DISTINCT FROM f.category
AND k.profile IS NOT DISTINCT FROM f.profile AND k.model IS NOT DISTINCT FROM f.model
UNION
SELECT f.device, f.reason FROM (SELECT * EXCLUDE (names), unnest(names) AS named FROM findings) f
JOIN exemptions e ON lower(e.device) = f.named AND {_SCOPES}
"""  # noqa: S608 - our own conditions
"""The same as domain/exemption.py `matches`; kinds of findings are few, however large the fleet."""

NOTHING_EXEMPT = "CREATE TABLE exempt (device VARCHAR, reason VARCHAR)"

MACROS = """
CREATE MACRO micros_since(moment, now) AS epoch_us(now::TIMESTAMP) - epoch_us(moment);
CREATE MACRO word_due(word, told_at, first_seen, since, exempt, grace, flap_window, now) AS
    CASE
    WHEN since IS NULL THEN CASE WHEN word = 'blocked' THEN 'cleared' END
    WHEN word = 'blocked' THEN NULL
    WHEN exempt OR micros_since(since, now) < grace THEN NULL
    WHEN micros_since(told_at, now) < flap_window THEN NULL
    WHEN word IS NOT NULL OR first_seen < since THEN 'reopened'
    ELSE 'raised' END;
"""
"""The law of domain/telling.py `due`; a property test holds one to the other."""

DUE = """
CREATE TABLE due AS
SELECT device, capability, reason, coalesce(s.first_seen, t.first_seen) AS first_seen,
       coalesce(s.since, t.since) AS since,
       word_due(t.word, t."at", s.first_seen, s.since, e.device IS NOT NULL,
                coalesce(g.micros, 0), $flap_window, $now) AS change
FROM standing s
FULL JOIN told t USING (device, capability, reason)
LEFT JOIN exempt e USING (device, reason)
LEFT JOIN grace g USING (reason)
WHERE change IS NOT NULL
"""

ALL_DUE = """
CREATE OR REPLACE TABLE due AS
SELECT device, capability, reason, first_seen, since, 'raised' AS change
FROM standing ANTI JOIN exempt USING (device, reason)
"""

HOLD = "DELETE FROM due WHERE reason IN (SELECT unnest($reasons::VARCHAR[]))"

LINES = f"""
CREATE VIEW people AS
SELECT id AS device, {WHO}, gone FROM known SEMI JOIN due ON due.device = known.id
UNION ALL
SELECT device, {WHO}, true
FROM (SELECT * FROM told SEMI JOIN due USING (device)) ANTI JOIN known ON known.id = device
QUALIFY row_number() OVER (PARTITION BY device ORDER BY "at" DESC) = 1;
CREATE VIEW lines AS
SELECT {COLUMNS}
FROM (
    SELECT device, reason, change,
           coalesce(any_value(severity), 'medium') AS severity,
           min(first_seen) AS first_seen, min(since) AS since,
           list(capability ORDER BY list_position({list(CAPABILITIES)}, capability))
               AS capabilities
    FROM due LEFT JOIN severities USING (reason) GROUP BY device, reason, change)
JOIN people USING (device);
"""  # noqa: S608 - our own column names

FLEET = "SELECT count(*) FROM known WHERE NOT gone"

ALIKE = """
SELECT words, count(*) FROM (
    SELECT list_sort(list(DISTINCT {'reason': reason, 'change': change})) AS words
    FROM due GROUP BY device)
GROUP BY words ORDER BY words
"""

TOLD_BLOCKED = """
SELECT reason, count(DISTINCT device) FROM told WHERE word = 'blocked' GROUP BY reason
"""

COMMONEST_MODEL = """
WITH commonest AS (
    SELECT model, count(*) AS devices FROM people WHERE model IS NOT NULL
    GROUP BY model ORDER BY devices DESC, model LIMIT 1)
SELECT model, devices,
       (SELECT count(*) FROM known WHERE NOT gone AND known.model = commonest.model)
FROM commonest
"""

EXEMPT_DEVICES = "SELECT count(DISTINCT device) FROM exempt"

WRITE_LINES = f"""
COPY (SELECT * FROM lines ORDER BY {WORST_FIRST}) TO '{{file}}' (FORMAT parquet, COMPRESSION zstd)
"""  # noqa: S608 - our own order

WRITE_TOLD = f"""
COPY (
    SELECT {", ".join(f'"{name}"' for name in TOLD)}
    FROM told ANTI JOIN due USING (device, capability, reason)
    WHERE word = 'blocked' OR micros_since("at", '{{now}}') < {{flap_window}}
    UNION ALL BY NAME
    SELECT device, capability, reason,
           CASE change WHEN 'cleared' THEN 'clear' ELSE 'blocked' END AS word,
           TIMESTAMP '{{now}}' AS "at", first_seen, since, {WHO}
    FROM due JOIN people USING (device)
    ORDER BY device, capability, reason
) TO '{{file}}' (FORMAT parquet, COMPRESSION zstd)
"""  # noqa: S608 - our own column names

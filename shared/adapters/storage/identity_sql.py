"""The SQL of domain/known_device.py: when two rows mean one device, and which reading is newer."""

from shared.domain.guid_index import NIL
from shared.domain.known_device import NO_SERIALS

_NO_SERIALS = ", ".join(f"'{serial}'" for serial in sorted(NO_SERIALS))
_SPACE = " || ".join(f"chr({ord(space)})" for space in " \t\n\v\f\r\x1c\x1d\x1e\x1f")

MACROS = f"""
CREATE MACRO entra_key(entra_id) AS
    CASE WHEN entra_id NOT IN ('', '{NIL}') THEN lower(entra_id) END;
CREATE MACRO letters_and_digits(text) AS regexp_replace(lower(text), '[^0-9a-z]', '', 'g');
CREATE MACRO names_no_device(bare) AS
    contains('0123456789', bare) OR replace(bare, bare[1], '') = '' OR bare IN ({_NO_SERIALS});
CREATE MACRO serial_key(serial) AS
    CASE WHEN NOT names_no_device(letters_and_digits(serial))
         THEN lower(trim(serial, {_SPACE})) END;
CREATE MACRO is_fresher(read_at, last_sync, than, than_sync) AS
    CASE WHEN last_sync <> than_sync THEN last_sync > than_sync ELSE read_at > than END;
"""

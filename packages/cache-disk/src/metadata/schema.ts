/** The tables of the index and the statements over them. */

/** Raised with every change of the tables or of what their texts mean. Version 1 kept no checksums. */
export const schemaVersion = 2

/**
 * `fields`: what of a row is checked, and its checksum: see row-text.ts. `expires_at` is there for the search only, absent
 * for never. Without row ids there is one copy of a name, so none that contradicts it.
 */
export const tables: readonly string[] = [
  'CREATE TABLE entries (name BLOB PRIMARY KEY NOT NULL, fields TEXT NOT NULL, expires_at REAL, ' +
    'used_at REAL NOT NULL, uses REAL NOT NULL) STRICT, WITHOUT ROWID',
  'CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL',
  'CREATE TABLE facts (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID',
]

/** The locking mode comes first: then the log needs no shared memory, hence no third file. */
export function pragmas(synchronous: string): string {
  return `
    PRAGMA busy_timeout = 0;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${synchronous};
    PRAGMA journal_size_limit = 4194304;`
}

/**
 * A commit is one INSERT into a view whose trigger does all of it: one call, bound parameters, and a statement that fails
 * is undone as a whole by SQLite itself. Lists travel as JSON texts. The view and triggers are the connection's own.
 */
export const committing = `
  CREATE TEMP VIEW clearing (now) AS SELECT 1;
  CREATE TEMP TRIGGER clear INSTEAD OF INSERT ON clearing BEGIN
    DELETE FROM entries;
  END;
  CREATE TEMP VIEW changes (clear, puts, removes, uses, facts) AS SELECT 0, '[]', '[]', '[]', '[]';
  CREATE TEMP TRIGGER change INSTEAD OF INSERT ON changes BEGIN
    INSERT INTO clearing SELECT 1 WHERE NEW.clear;
    INSERT INTO entries (name, fields, expires_at, used_at, uses)
      SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4
      FROM json_each(NEW.puts) WHERE true
      ON CONFLICT (name) DO UPDATE SET fields = excluded.fields, expires_at = excluded.expires_at,
        used_at = excluded.used_at, uses = excluded.uses;
    DELETE FROM entries WHERE name IN (SELECT unhex(value) FROM json_each(NEW.removes));
    UPDATE entries SET used_at = used.value ->> 1, uses = used.value ->> 2
      FROM json_each(NEW.uses) AS used WHERE entries.name = unhex(used.value ->> 0);
    DELETE FROM facts WHERE name IN (SELECT value ->> 0 FROM json_each(NEW.facts));
    INSERT INTO facts (name, text, crc)
      SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(NEW.facts) WHERE value ->> 1 IS NOT NULL;
  END;`
export const commit = 'INSERT INTO changes (clear, puts, removes, uses, facts) VALUES (?, ?, ?, ?, ?)'

/** The order is found once; pages are then read by its numbers, each as one text, which costs the event loop least. */
export const startLoad = `
  DROP TABLE IF EXISTS temp.load_order;
  CREATE TEMP TABLE load_order (number INTEGER PRIMARY KEY, name BLOB);
  INSERT INTO load_order (name) SELECT name FROM entries ORDER BY used_at;`
export const endLoad = 'DROP TABLE IF EXISTS temp.load_order'
export const loadPage = `
  SELECT count(*) AS count, group_concat(line, char(10)) AS text FROM (
    SELECT lower(hex(entries.name)) || ',' || fields || ',' ||
      format('%!.17g', used_at) || ',' || format('%!.17g', uses) AS line
    FROM load_order LEFT JOIN entries ON entries.name = load_order.name
    WHERE number > ? AND number <= ? ORDER BY number)`
export const allFacts = 'SELECT name, text, crc FROM facts'
export const expiredNames = `
  SELECT lower(hex(name)) AS name FROM entries
  WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?`

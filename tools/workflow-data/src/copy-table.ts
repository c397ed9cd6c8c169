import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { createCopyText } from './copy-text.ts'
import type { TableSource } from './tables/table-source.ts'
import type { World } from './world.ts'

const chunkCharacters = 64 * 1024

/**
 * Fills an empty table in one transaction. Emptying it there lets PostgreSQL skip the log where `wal_level` is
 * minimal, and lets FREEZE mark the rows as seen by all, which no later VACUUM then has to do.
 * @returns rows copied.
 */
export async function copyTable(
  client: pg.Client,
  source: TableSource,
  world: World,
  onRows: (rows: number) => void,
): Promise<number> {
  const { table, columns } = source
  await client.query(`BEGIN; TRUNCATE ${table}`)
  const copy = copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN (FORMAT text, FREEZE)`)
  await pipeline(Readable.from(chunks(source, world, onRows), { highWaterMark: 1 }), client.query(copy))
  await client.query('COMMIT')
  return copy.rowCount
}

/**
 * Waits for the event loop before each chunk: a socket that takes all it is given asks for more within the same turn,
 * and then neither a timer nor another table would have one.
 */
async function* chunks(
  source: TableSource,
  world: World,
  onRows: (rows: number) => void,
): AsyncGenerator<Buffer> {
  const text = createCopyText()
  let reported = 0
  const taken = () => {
    onRows(text.rows - reported)
    reported = text.rows
    return text.take()
  }
  const units = source.units(world)
  for (let unit = 0; unit < units; unit++) {
    source.write(world, unit, text.row)
    if (text.waiting < chunkCharacters) continue
    yield taken()
    await setImmediate()
  }
  yield taken()
}

import { connect } from 'node:net'
import type { Commit, DatabaseQuestion, DatabaseReply, Row } from './database-server.ts'
import { readLines } from './lines.ts'

export interface DatabaseClient {
  read(key: string): Promise<Row>
  /** One version for each key, in the order of `keys`. */
  commit(keys: readonly string[], absent: boolean): Promise<readonly Commit[]>
  close(): void
}

type Question = DatabaseQuestion extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'id'>
    : never
  : never

/** @param process Whose commits they are. */
export async function openDatabase(port: number, process: number): Promise<DatabaseClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  const waiting = new Map<number, (rows: DatabaseReply['rows']) => void>()
  let asked = 0
  readLines(socket, line => {
    const { id, rows } = JSON.parse(line) as DatabaseReply
    waiting.get(id)?.(rows)
    waiting.delete(id)
  })
  const ask = (question: Question) =>
    new Promise<DatabaseReply['rows']>(resolve => {
      asked += 1
      waiting.set(asked, resolve)
      socket.write(`${JSON.stringify({ id: asked, ...question })}\n`)
    })
  return {
    async read(key) {
      const [row] = await ask({ read: key })
      if (row === undefined) throw new RangeError('the database gave no row')
      return row
    },
    async commit(keys, absent) {
      return (await ask({ commit: keys, absent, process })) as readonly Commit[]
    },
    close: () => void socket.destroy(),
  }
}

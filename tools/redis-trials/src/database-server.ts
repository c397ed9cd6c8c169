/**
 * The truth: it gives each key one order of versions, and no fault ever strikes it. It lives in the conductor, so what
 * was committed is known whatever becomes of who committed it. One line of JSON a question, one a reply.
 */
import { createServer, type Socket } from 'node:net'
import type { HistoryWrite } from '@greenlang/testkit'
import { readLines } from './lines.ts'
import { now } from './now.ts'

export type DatabaseQuestion =
  | { readonly id: number; readonly read: string }
  | {
      readonly id: number
      readonly commit: readonly string[]
      readonly absent: boolean
      readonly process: number
    }

export interface Row {
  readonly version: number
  readonly absent: boolean
}

export interface Commit extends Row {
  /** Where it stands among all commits. */
  readonly number: number
}

export interface DatabaseReply {
  readonly id: number
  readonly rows: readonly (Row | Commit)[]
}

export interface DatabaseServer {
  readonly port: number
  readonly commits: readonly HistoryWrite[]
  close(): Promise<void>
}

const nothing: Row = { version: 0, absent: false }

export async function startDatabase(): Promise<DatabaseServer> {
  const rows = new Map<string, Row>()
  const commits: HistoryWrite[] = []
  const sockets = new Set<Socket>()
  const commit = (key: string, absent: boolean, process: number): Commit => {
    const version = (rows.get(key)?.version ?? 0) + 1
    rows.set(key, { version, absent })
    const number = commits.push({ key, version, committedAt: now(), process, absent }) - 1
    return { version, absent, number }
  }
  const answer = (question: DatabaseQuestion): DatabaseReply['rows'] =>
    'read' in question
      ? [rows.get(question.read) ?? nothing]
      : question.commit.map(key => commit(key, question.absent, question.process))
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    readLines(socket, line => {
      const question = JSON.parse(line) as DatabaseQuestion
      socket.write(`${JSON.stringify({ id: question.id, rows: answer(question) })}\n`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    commits,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

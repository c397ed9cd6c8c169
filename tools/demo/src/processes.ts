/** Who is asked: the processes of the service, and which of them a request goes to. */
import type { Request } from './access-pattern.ts'

export interface Process {
  /** Short, as in the table. */
  readonly name: string
  readonly url: string
}

/** Picks the place of a process in the list. */
export type Route = (request: Request) => number

/** Of updates, the share that the first process makes. */
const writesToFirst = 0.9
/** Of reads, the share that goes to the others. */
const readsElsewhere = 0.8

/** Mostly, what one process writes another reads; each does some of both. */
export function createRoute(count: number, random: () => number): Route {
  return request => {
    if (count === 1) return 0
    const elsewhere = random() >= (request.kind === 'update' ? writesToFirst : 1 - readsElsewhere)
    return elsewhere ? 1 + Math.floor(random() * (count - 1)) : 0
  }
}

/** The Redis of a trial, and what can be done to it. One server today; groups of servers fit in behind the same calls. */
import type { Line } from './line.ts'

export interface Topology {
  readonly name: string
  /** The way of each worker to Redis, by number. */
  readonly lines: readonly Line[]
  /** A way of our own that no fault touches, to each server that is a primary now. */
  primaries(): readonly Server[]
  close(): Promise<void>
}

export interface Server {
  /** @throws What the server said, or that there is none. */
  send(command: readonly string[]): Promise<unknown>
  /** Stops the process, without its knowledge; `resume` lets it go on. */
  pause(): void
  resume(): void
  /** Kills the process. */
  kill(): Promise<void>
  /** A new one in its place, on the same port, which is empty: nothing is ever on disk. */
  restart(): Promise<void>
}

/** @param random Numbers in [0, 1), for the jitter of the lines. */
export type StartTopology = (workers: number, random: () => number) => Promise<Topology>

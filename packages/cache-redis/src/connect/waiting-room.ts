import type { RedisCommand } from './link.ts'
import { failure, longestQueue } from './session.ts'

/** Commands that wait for the first attempt to connect to end. */
export interface WaitingRoom {
  /** Rejects at once when too many wait. */
  wait(command: RedisCommand, key?: string): Promise<unknown>
  /** Sends all, at once, before whatever comes next: the order of commands is kept. */
  empty(send: (command: RedisCommand, key?: string) => Promise<unknown>): void
}

export function createWaitingRoom(): WaitingRoom {
  let waiting: {
    readonly command: RedisCommand
    readonly key: string | undefined
    readonly resolve: (reply: unknown) => void
    readonly reject: (error: unknown) => void
  }[] = []
  return {
    wait(command, key) {
      if (waiting.length >= longestQueue)
        return Promise.reject(failure('QUEUE_FULL', 'too many commands wait for the first connection'))
      return new Promise((resolve, reject) => {
        waiting.push({ command, key, resolve, reject })
      })
    },
    empty(send) {
      const all = waiting
      waiting = []
      for (const { command, key, resolve, reject } of all) send(command, key).then(resolve, reject)
    },
  }
}

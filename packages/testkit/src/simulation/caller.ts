/** How a process calls a server: over a connection, under a deadline. */
import { DeadlineError } from '@greenlang/core'
import { createLink, type Weather } from './link.ts'
import type { FakeServer } from './server.ts'
import type { Actor, World } from './world.ts'

export interface Caller {
  /** Runs `script` on the server as one step. Rejects after the deadline; the script may then run all the same, later. */
  call<T>(script: (server: FakeServer) => T): Promise<T>
}

export interface CallerOptions {
  readonly world: World
  readonly actor: Actor
  readonly server: FakeServer
  readonly weather: () => Weather
  readonly deadlineMs: number
}

const refusedAfterMs = 1

export function createCaller({ world, actor, server, weather, deadlineMs }: CallerOptions): Caller {
  const out = createLink(world, weather)
  const back = createLink(world, weather, actor)
  return {
    call: script =>
      new Promise((resolve, reject) => {
        let open = true
        const end = (how: () => void) => {
          if (open) how()
          open = false
        }
        const late = () => reject(new DeadlineError('a call to the fake server', deadlineMs))
        if (server.downUntil > world.now) {
          world.at(world.now + refusedAfterMs, () => end(late), actor)
          return
        }
        const { connections } = server
        const answer = () => {
          if (server.connections !== connections || server.downUntil > world.now) return
          const result = script(server)
          back.send(() => end(() => resolve(result)))
        }
        out.send(() => {
          if (server.pausedUntil > world.now) world.at(server.pausedUntil, answer)
          else answer()
        })
        world.at(world.now + deadlineMs, () => {
          if (open) world.at(world.now, () => end(late), actor)
        })
      }),
  }
}

import type { Link, LinkOptions } from './link.ts'
import { createListeners } from './listeners.ts'
import { createOpener } from './opener.ts'
import { openPool, readyOf } from './pool.ts'
import { slotOf } from './slot.ts'
import type { SentinelSource, ServerSource } from './source.ts'

/** To one server: always the same, or the one that is the primary of its group. */
export function openServerLink(source: ServerSource | SentinelSource, { scripts }: LinkOptions): Link {
  const listeners = createListeners()
  const opener = createOpener(source, { scripts })
  let stood = 0
  const onReady = () => {
    stood += 1
    if (stood > source.poolSize) listeners.tell()
  }
  const pool = openPool(source.poolSize, { open: opener.open, onReady })
  return {
    // What goes together goes over one connection.
    slotOf: key => (source.poolSize === 1 ? 0 : slotOf(key) % source.poolSize),
    send: (command, key) => pool.of(key).send(command),
    primaries: async () => [command => readyOf(pool).send(command)],
    watch: listener => listeners.add(listener),
    async close() {
      listeners.clear()
      opener.close()
      await pool.close()
    },
  }
}

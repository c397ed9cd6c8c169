import { createClient } from 'redis'
import { connect } from './connection.ts'
import type { BusLink, BusLinkOptions, Link, LinkOptions } from './link.ts'
import type { Source } from './source.ts'

const never = new AbortController().signal

/** Begins to connect at once, in the background. */
export function openLink(source: Source, _options: LinkOptions): Link {
  if (!('url' in source)) throw new Error('to come')
  const connection = connect(source.url)
  return {
    slotOf: () => 0,
    send: command => connection.send(command, never),
    primaries: async () => [command => connection.send(command, never)],
    watch: () => () => undefined,
    close: () => connection.close(),
  }
}

/** The same for the record of a bus. */
export function openBusLink(source: Source, options: BusLinkOptions): BusLink {
  if (!('url' in source)) throw new Error('to come')
  const connection = connect(source.url)
  const subscriber = createClient({ url: source.url })
  subscriber.on('error', () => undefined)
  subscriber.on('ready', () => options.connected())
  const subscribed = subscriber.connect().then(async () => {
    for (const channel of options.channels)
      await subscriber.subscribe(channel, message => options.hear(channel, message))
  })
  return {
    async send(command) {
      await subscribed
      return connection.send(command, never)
    },
    async close() {
      subscriber.destroy()
      await connection.close()
    },
  }
}

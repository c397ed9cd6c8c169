/**
 * Two connections to the one server that keeps the record. That of the commands finds the server; the subscriber follows
 * to the same. When one is lost it alone is made anew; when the server becomes another, both are.
 */
import { addressText, type RedisAddress } from './address.ts'
import type { BusLink, BusLinkOptions, Send } from './link.ts'
import { createOpener, createOwnerOpener, type Opener } from './opener.ts'
import { redirectionOf } from './redirection.ts'
import { failure, openSession, type ServerSession } from './session.ts'
import type { ClusterSource, SentinelSource, ServerSource } from './source.ts'
import { type StandingConnection, standConnected } from './standing-connection.ts'

type OwnSource = ServerSource | SentinelSource | ClusterSource

export function openOwnBus(source: OwnSource, options: BusLinkOptions): BusLink {
  return new OwnBus(source, options)
}

class OwnBus implements BusLink {
  readonly #source: OwnSource
  readonly #options: BusLinkOptions
  readonly #opener: Opener
  readonly #commands: StandingConnection<ServerSession>
  /** From the first time that there is a server to subscribe to. */
  #subscriber: StandingConnection<ServerSession> | undefined
  #address: RedisAddress | undefined
  #isClosed = false

  constructor(source: OwnSource, options: BusLinkOptions) {
    const { key, scripts } = options
    this.#source = source
    this.#options = options
    this.#opener =
      source.kind === 'cluster'
        ? createOwnerOpener(source, key, { scripts })
        : createOpener(source, { scripts })
    this.#commands = standConnected({
      open: this.#opener.open,
      onReady: ({ address }) => this.#follow(address),
    })
  }

  readonly send: Send = command => {
    const reply = this.#commands.send(command)
    if (this.#source.kind === 'cluster') reply.then(undefined, this.#onRefusal)
    return reply
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#opener.close()
    await Promise.all([this.#commands.close(), this.#subscriber?.close()])
  }

  #follow(address: RedisAddress): void {
    const before = this.#address
    this.#address = address
    if (this.#isClosed) return
    if (this.#subscriber === undefined) this.#subscriber = this.#subscribe()
    else if (before && addressText(before) !== addressText(address))
      this.#subscriber.renew(failure('MOVED', 'another server is the primary'))
    else this.#announce()
  }

  #subscribe(): StandingConnection<ServerSession> {
    const { channels, hear } = this.#options
    const subscription = { channels, hear }
    const open = async (signal: AbortSignal) => {
      const address = this.#address as RedisAddress
      return openSession({ address, access: this.#source.access, subscription }, signal)
    }
    return standConnected({ open, onReady: () => this.#announce() })
  }

  /** Only when both connections stand, at the same server. */
  #announce(): void {
    const [sends, hears] = [this.#commands.session, this.#subscriber?.session]
    if (this.#isClosed || !sends || !hears) return
    if (addressText(sends.address) === addressText(hears.address)) this.#options.connected()
  }

  /** The slot of the record has another owner. */
  readonly #onRefusal = (error: unknown) => {
    const { session } = this.#commands
    if (!session || this.#source.kind !== 'cluster') return
    const redirection = redirectionOf(error, session.address, this.#source.addressMap)
    if (redirection?.kind === 'MOVED') this.#commands.renew(error)
  }
}

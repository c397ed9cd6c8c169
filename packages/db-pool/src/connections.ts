/** Which sockets a pool owns, from the first packet of a connect to the last of a close. */
import type pg from 'pg'
import type { Monitor } from './monitor.ts'

interface OwnedClient extends pg.Client {
  cut(): void
}

export interface Connections {
  connecting(client: OwnedClient): void
  failed(client: OwnedClient, error: unknown): void
  opened(client: OwnedClient): void
  closed(client: OwnedClient): void
  /** Why the last connect failed, unless one has succeeded since. */
  readonly lastFailure: unknown
  /** Closes every socket that is not yet connected. */
  cutConnecting(): void
  /** Closes every socket. */
  cutAll(): void
  /** Resolves once no socket is left. */
  allClosed(): Promise<void>
}

export function createConnections(monitor: Monitor): Connections {
  return new OwnedConnections(monitor)
}

class OwnedConnections implements Connections {
  readonly #monitor: Monitor
  readonly #connecting = new Set<OwnedClient>()
  readonly #open = new Set<OwnedClient>()
  #lastFailure: unknown
  #whenClosed: (() => void) | undefined

  constructor(monitor: Monitor) {
    this.#monitor = monitor
  }

  get lastFailure(): unknown {
    return this.#lastFailure
  }

  connecting(client: OwnedClient): void {
    this.#connecting.add(client)
  }

  failed(client: OwnedClient, error: unknown): void {
    if (!this.#connecting.delete(client)) return
    this.#lastFailure = error
    this.#monitor.connection('failed')
    // Its socket may outlive the failure, after a refused password for one.
    client.cut()
  }

  opened(client: OwnedClient): void {
    if (!this.#connecting.delete(client)) return
    this.#open.add(client)
    this.#lastFailure = undefined
    this.#monitor.connection('opened')
  }

  closed(client: OwnedClient): void {
    if (!this.#open.delete(client)) return
    this.#monitor.connection('closed')
    if (this.#open.size === 0) this.#whenClosed?.()
  }

  cutConnecting(): void {
    for (const client of this.#connecting) client.cut()
  }

  cutAll(): void {
    this.cutConnecting()
    for (const client of this.#open) client.cut()
  }

  allClosed(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#whenClosed = resolve
    })
  }
}

import type { RedisAddress } from './address.ts'
import type { AddressMap } from './source.ts'

/** Where a node of a cluster sends a command to that it does not serve. */
export interface Redirection {
  /** For good, or for this one command while the slot moves. */
  readonly kind: 'MOVED' | 'ASK'
  readonly slot: number
  readonly to: RedisAddress
}

/** What the refusal of the node at `asked` says; `undefined` when it is another refusal. */
export function redirectionOf(error: unknown, asked: RedisAddress, map: AddressMap): Redirection | undefined {
  const match = /^(MOVED|ASK) (\d+) (\S*):(\d+)$/.exec((error as Error | undefined)?.message ?? '')
  if (!match) return undefined
  const [, kind, slot, host = '', port] = match
  const told = { host: host || asked.host, port: Number(port) }
  return { kind: kind as Redirection['kind'], slot: Number(slot), to: host === '' ? told : map(told) }
}

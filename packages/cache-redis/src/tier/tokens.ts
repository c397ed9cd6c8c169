/**
 * A token of a lease, as the engine holds it: how long the lease is to stand, the 128 random bits that Redis knows it by,
 * and its key, so that it can be renewed by itself. Random and not counted: an emptied server never gives one again.
 */
import { randomBytes } from 'node:crypto'
import { InvalidArgumentError } from '@greenlang/core'

export interface Token {
  readonly forMs: number
  readonly secret: string
  readonly key: string
}

const secretBytes = 16
const form = /^(\d+):([0-9a-f]{32}):(.*)$/s

export function newSecret(): string {
  return randomBytes(secretBytes).toString('hex')
}

export function formatToken({ forMs, secret, key }: Token): string {
  return `${forMs}:${secret}:${key}`
}

/** @throws InvalidArgumentError for what `claim` never gave. */
export function parseToken(token: unknown): Token {
  const [, forMs, secret, key] = (typeof token === 'string' && form.exec(token)) || []
  if (forMs === undefined || secret === undefined || key === undefined)
    throw new InvalidArgumentError('token', 'one that claim gave', token)
  return { forMs: Number(forMs), secret, key }
}

import { randomBytes } from 'node:crypto'

const idBytes = 16
const idsAtOnce = 256

/**
 * Random texts of 128 bits in base64url. Every call of a bus takes one, for the history that may have to begin; drawn
 * one by one they cost more than all else that a call does here.
 */
export function createRandomIds(): () => string {
  let pool = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at >= pool.length) {
      pool = randomBytes(idBytes * idsAtOnce)
      at = 0
    }
    const id = pool.toString('base64url', at, at + idBytes)
    at += idBytes
    return id
  }
}

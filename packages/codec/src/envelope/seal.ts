/**
 * Seals: nobody without a key can change an entry, its dates or its tags, or put it under another key; encrypted, nobody
 * can read its value either (key, tags and dates stay readable: the server needs them). The state byte is not sealed, for
 * a script marks it in place: who can write to the store can make an entry stale, never fresh for longer.
 *
 * A nonce is drawn at random for each entry. At 2^32 entries under one key the chance that two share one reaches 2^-33:
 * take a new key before.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { afterChecksum, stateOffset } from './layout.ts'
import type { CheckedSeal } from './seal-options.ts'
import { labelOf, nonceBytes, type StoredSeal, sealModes, tagBytes } from './stored-seal.ts'

export interface Sealer {
  /** Seals with the first key. `head` is all that stands before the seal. */
  seal(head: Buffer, value: Uint8Array): { readonly seal: Buffer; readonly value: Uint8Array }
  /** The value, verified; `undefined` unless it was sealed in this mode with one of the keys. */
  open(head: Buffer, seal: StoredSeal, value: Buffer): Buffer | undefined
}

const cipherName = 'aes-256-gcm'

export function createSealer({ mode, keys }: CheckedSeal): Sealer {
  const [first] = keys
  const number = sealModes[mode]
  const method = mode === 'sign' ? signing : encrypting
  const label = labelOf(number, first.id)
  return {
    seal: (head, value) => method.seal(first.secret, covered(head, label), value, label),
    open: (head, seal, value) => {
      const key = seal.mode === number ? keys.find(({ id }) => id.equals(seal.keyId)) : undefined
      return key && method.open(key.secret, covered(head, seal.label), seal.proof, value)
    },
  }
}

interface Method {
  seal(secret: KeyObject, covers: Buffer, value: Uint8Array, label: Buffer): ReturnType<Sealer['seal']>
  open(secret: KeyObject, covers: Buffer, proof: Buffer, value: Buffer): Buffer | undefined
}

const signing: Method = {
  seal: (secret, covers, value, label) => ({
    seal: Buffer.concat([label, macOf(secret, covers, value)]),
    value,
  }),
  open: (secret, covers, proof, value) =>
    timingSafeEqual(macOf(secret, covers, value), proof) ? value : undefined,
}

const encrypting: Method = {
  seal(secret, covers, value, label) {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(cipherName, secret, nonce, { authTagLength: tagBytes }).setAAD(covers)
    const sealed = Buffer.concat([cipher.update(value), cipher.final()])
    return { seal: Buffer.concat([label, nonce, cipher.getAuthTag()]), value: sealed }
  },
  open(secret, covers, proof, value) {
    const nonce = proof.subarray(0, nonceBytes)
    const decipher = createDecipheriv(cipherName, secret, nonce, { authTagLength: tagBytes })
      .setAAD(covers)
      .setAuthTag(proof.subarray(nonceBytes))
    try {
      return Buffer.concat([decipher.update(value), decipher.final()])
    } catch {
      return undefined
    }
  },
}

/** All that is sealed besides the value. Every part of it tells its length, so no two entries cover the same bytes. */
function covered(head: Buffer, label: Buffer): Buffer {
  return Buffer.concat([head.subarray(0, stateOffset), head.subarray(afterChecksum), label])
}

function macOf(secret: KeyObject, covers: Buffer, value: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(covers).update(value).digest()
}

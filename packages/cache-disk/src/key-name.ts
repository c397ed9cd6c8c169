import { hash } from 'node:crypto'
import { encodeText } from '@greenlang/codec'

/** SHA-256 of a key in 64 hexadecimal digits: nothing of the key is in a path, and no two keys share one. */
export function nameOf(key: string): string {
  return hash('sha256', encodeText(key), 'hex')
}

import type { Codec } from '@greenlang/core'

/** The shortest codec that holds the contract: JSON for plain data, and a refusal for the rest. */
export const strictJson: Codec = {
  id: 200,
  name: 'strict-json',
  encode(value) {
    checkPlain(value)
    return Buffer.from(JSON.stringify(value))
  },
  decode(bytes) {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  },
}

function checkPlain(value: unknown): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value === 'string' && String(Buffer.from(value)) === value) return
  if (typeof value !== 'object' || Object.prototype.toString.call(value).match(/Array\]|Object\]/) === null)
    throw new TypeError(`cannot encode a value of type ${typeof value}`)
  const maker: unknown = Object.getPrototypeOf(value)?.constructor?.name
  if (maker !== 'Object' && maker !== 'Array') throw new TypeError('cannot encode an instance of a class')
  if (ArrayBuffer.isView(value) || ('toJSON' in value && typeof value.toJSON === 'function'))
    throw new TypeError('cannot encode an object with a form of its own')
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined && !Array.isArray(value)) continue
    checkPlain(name)
    checkPlain(inner)
  }
}

/** Turns values into bytes and back. Pure; proved by `codecContract` of testkit. */
export interface Codec {
  /** Stored with every value, 1 to 255: bytes of another codec are a miss, never a wrong value. */
  readonly id: number
  readonly name: string
  /** @throws for a value it cannot bring back as it was. */
  encode(value: unknown): Uint8Array
  /** Bytes are untrusted: it throws, it does not run code, and what it returns does not alias `bytes`. */
  decode(bytes: Uint8Array): unknown
}

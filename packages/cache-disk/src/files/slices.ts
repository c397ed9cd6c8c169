/** The bytes of all parts in slices of one length, the last one shorter; copied only where a slice spans parts. */
export function* slicesOf(parts: readonly Uint8Array[], length: number): Generator<Uint8Array> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for (const part of parts) {
    let at = 0
    while (at < part.byteLength) {
      const piece = part.subarray(at, at + length - heldBytes)
      at += piece.byteLength
      held.push(piece)
      heldBytes += piece.byteLength
      if (heldBytes < length) continue
      yield joined(held)
      held = []
      heldBytes = 0
    }
  }
  if (heldBytes > 0) yield joined(held)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  return only && pieces.length === 1 ? only : Buffer.concat(pieces)
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0
  for (const part of parts) length += part.byteLength
  return length
}

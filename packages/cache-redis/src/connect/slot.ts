/** In which of the 16384 slots of a cluster a key lies: CRC16 (XMODEM) of its hash tag, or else of all of it. */
export const slotCount = 16_384

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/** Bytes of a key that is not ASCII; longer ones get a buffer of their own. */
const scratch = Buffer.alloc(1_024)

export function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const tag = close > open + 1 ? key.slice(open + 1, close) : key
  let crc = 0
  for (let index = 0; index < tag.length; index += 1) {
    const code = tag.charCodeAt(index)
    if (code > 127) return slotOfBytes(tag)
    crc = ((crc << 8) ^ (table[((crc >> 8) ^ code) & 0xff] ?? 0)) & 0xffff
  }
  return crc % slotCount
}

function slotOfBytes(text: string): number {
  const fits = text.length * 3 <= scratch.length
  const bytes = fits ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) ^ (table[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff
  return crc % slotCount
}

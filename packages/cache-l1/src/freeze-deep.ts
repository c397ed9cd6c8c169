/**
 * Freezes `value` and what it reaches through the properties of objects and the elements of arrays, and returns it.
 * Bytes (typed arrays, buffers) cannot be frozen and stay as they are; the contents of a `Map`, `Set` or `Date` are not
 * properties and stay changeable. Getters are not called. Not recursive: depth costs no stack.
 */
export function freezeDeep<T>(value: T): T {
  const open: unknown[] = [value]
  const seen = new Set<unknown>()
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (!isFreezable(next) || seen.has(next)) continue
    seen.add(next)
    Object.freeze(next)
    for (const property of Object.values(Object.getOwnPropertyDescriptors(next))) open.push(property.value)
  }
  return value
}

function isFreezable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array

/** A copy of `array` with room for `length` numbers, the new ones 0. */
export function lengthened<A extends Numbers>(array: A, length: number): A {
  const Kind = array.constructor as new (length: number) => A
  const longer = new Kind(length)
  longer.set(array as never)
  return longer
}

/** As `lengthened`, for an array of references: as long as asked and no longer, which `push` would not keep to. */
export function lengthenedList<T>(list: readonly (T | undefined)[], length: number): (T | undefined)[] {
  const longer = new Array<T | undefined>(length)
  // The first reference written makes V8 keep references: numbers would begin it as an array of numbers.
  longer[0] = undefined
  for (let index = 0; index < list.length; index += 1) longer[index] = list[index]
  return longer
}

/**
 * The packed form of a value: a tag, and in it an array of
 *
 *   the names of all shapes as text, see shapes.ts
 *   the pool: strings that were taken out of the value, behind each other, as one text
 *   an array of the value, or of the fields of the one object that it is; then the length of each string of the pool
 *
 * In a packed value every array begins with a number that says what it is: `marks`, or an object of shape n by n + 1. In
 * the place of a string of the pool stands `undefined`, in the order of the walk. The two tags are known to nobody else,
 * and far from those anyone registers with cbor-x, which gives back values of tags in objects that are slow to write.
 */
export const rootTags = { object: 0x474b, any: 0x474c } as const

/** In the brackets what follows: */
export const marks = {
  /** [the items] */
  array: 0,
  /** [shape, count, a column for each name], see columns.ts */
  rows: -1,
  /** [UTF-8 as bytes]: text that cbor-x would take the byte order mark from */
  text: -2,
  /** [] */
  negativeZero: -3,
  /** [an object]: it has no prototype */
  bare: -4,
  /** [] */
  undefined: -5,
  /** [the items]: in a Set, strings of the pool would all be one */
  set: -6,
  /** [key, value, key, value, …] */
  map: -7,
} as const

/** Containers deeper than this are written without shapes, so that the packed form nests in a bounded way too. */
export const deepestPacked = 64
/** Levels of CBOR that one level takes at most: rows, their column, its values. */
export const levelsPerPacked = 3
/** Levels round the value, and those that a mark may add to the innermost. */
export const levelsAround = 4

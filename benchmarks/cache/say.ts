/** Tells a person how far it is. */
export type Say = (line: string) => void

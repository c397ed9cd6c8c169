/** What is called of it: the package has no types. */
declare module 'cacache' {
  interface Options {
    /** Whether it keeps what it read in memory. */
    readonly memoize: boolean
  }
  const cacache: {
    get(directory: string, key: string, options: Options): Promise<{ readonly data: Buffer }>
    put(directory: string, key: string, value: Buffer, options: Options): Promise<unknown>
  }
  export default cacache
}

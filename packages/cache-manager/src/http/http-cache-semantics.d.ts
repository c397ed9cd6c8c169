/** What is used of the library, which comes without types. */
declare module 'http-cache-semantics' {
  interface Message {
    readonly headers: Readonly<Record<string, string>>
  }

  interface Options {
    readonly shared: boolean
  }

  export interface PolicyObject {
    /** When the response was received, in ms since the epoch. */
    readonly t: number
    /** Whether the request had no authorization. */
    readonly a: boolean
    readonly resh: Readonly<Record<string, string>>
    readonly rescc: Readonly<Record<string, string | true>>
  }

  class CachePolicy {
    static fromObject(object: PolicyObject): CachePolicy
    constructor(
      request: Message & { readonly method: string },
      response: Message & { readonly status: number },
      options: Options,
    )
    now(): number
    storable(): boolean
    stale(): boolean
    /** In seconds. */
    age(): number
    /** In seconds. */
    maxAge(): number
    toObject(): PolicyObject
    evaluateRequest(request: Message & { readonly method: string }): { readonly response?: object }
  }

  export default CachePolicy
}

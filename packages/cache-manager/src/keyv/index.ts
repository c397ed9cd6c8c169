export { type KeyvEntry, type KeyvStore, keyvStore } from './keyv-store.ts'
export type { KeyvStoreOptions } from './keyv-store-options.ts'

export type { DiskEvent } from '@greenlang/core'
export type { AdmissionOptions } from './admission/admission.ts'
export { diskTier } from './disk-tier.ts'
export type {
  DiskState,
  DiskStats,
  DiskTier,
  HotKey,
  Reconciled,
  Vacuumed,
} from './disk-types.ts'
export {
  DirectoryInUseError,
  DiskBusyError,
  DiskUnavailableError,
  MissingBindingError,
  UnsafeDirectoryError,
} from './error.ts'
export type { DiskOptions } from './options.ts'

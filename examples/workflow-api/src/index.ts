export type { Example } from './operations.ts'
export { type Service, startService } from './service.ts'
export { readSettings, SettingError, type Settings } from './settings.ts'

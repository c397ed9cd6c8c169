export { ServerStartError, ServerUnavailableError, ServerUrlError } from './error.ts'
export { createTestDatabase, type TestDatabase, TestServerMissingError, testRedisUrl } from './for-tests.ts'

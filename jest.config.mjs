// One jest for the whole family, one project a package. Siblings resolve to their source, so nothing is built first.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname
const roomsOf = folder => readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
const rooms = [
  ...roomsOf('packages'),
  'migrations',
  ...roomsOf('examples'),
  ...roomsOf('tools'),
  'benchmarks',
  '.',
]

const transform = {
  '\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { decoratorVersion: '2022-03' },
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
}

export default {
  projects: rooms
    .filter(room => existsSync(join(root, room, room === '.' ? 'tests' : 'test')))
    .map(room => ({
      displayName: room === '.' ? 'repository' : room.replace('packages/', ''),
      rootDir: join(root, room),
      roots: [join(root, room, room === '.' ? 'tests' : 'test')],
      testMatch: ['**/*.test.ts'],
      testEnvironment: 'node',
      extensionsToTreatAsEsm: ['.ts'],
      testEnvironmentOptions: { customExportConditions: ['greenlang-source', 'node', 'node-addons'] },
      transform,
    })),
  reporters: [join(root, 'tests/reporter.mjs')],
  // Only for what hangs: a loaded machine takes three times as long.
  testTimeout: 120_000,
  cacheDirectory: join(root, '.cache/jest'),
}

// `npm run pack`: the tarballs of every published package in `packed/`, and the line that installs them elsewhere.
import { dirname, join } from 'node:path'
import { buildPackages, packTarballs } from './pack-tarballs.ts'

const destination = join(dirname(import.meta.dirname), 'packed')
const print = (line: string) => process.stdout.write(`${line}\n`)
/** For a shell, where the path of the clone has spaces. */
const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

try {
  print('building every package ...')
  await buildPackages()
  const tarballs = await packTarballs(destination)
  print(`packed ${tarballs.length} packages into packed/. In your own project, all of them:\n`)
  print(`npm install ${quoted(destination)}/*.tgz\n`)
  print('or core and those you need, with what they name as dependencies, e.g. the memory tier alone:\n')
  const needed = tarballs.filter(({ name }) => /\/(core|cache-l1)$/.test(name))
  print(`npm install ${needed.map(({ file }) => quoted(file)).join(' ')}`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

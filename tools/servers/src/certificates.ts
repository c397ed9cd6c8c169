/** A certificate authority of our own and a certificate by it, for a server under test that serves TLS. */
import { writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { checkOptions, checkText, InvalidOptionError } from '@greenlang/core'
import { childEnvironment } from './child-environment.ts'
import { ServerStartError, ServerUnavailableError } from './error.ts'
import { onPath } from './on-path.ts'
import type { Supervisor } from './owned-process.ts'
import { explainFileError, temporaryPrefix, underSupervisor } from './start.ts'

export interface CertificatesOptions {
  /** Names and IP addresses that the certificate is for. Default `['localhost', '127.0.0.1']`. */
  hosts?: readonly string[]
  /** Ends the making early, by rejection with its reason; nothing is left. Default: none. */
  signal?: AbortSignal
}

/** Paths of PEM files in a directory that goes with `stop()`, with `await using`, or with this process. */
export interface Certificates extends AsyncDisposable {
  /** Of the authority: what clients trust. */
  readonly ca: string
  /** Of the server, signed by the authority; good for clients too. */
  readonly cert: string
  /** The server's private key. */
  readonly key: string
  /** Removes them. Idempotent. */
  stop(): Promise<void>
}

/**
 * Made by `openssl`, good for 30 days.
 * @throws ServerUnavailableError when `openssl` is not on PATH. ServerStartError, InvalidOptionError, or the signal's
 * reason.
 */
export async function createCertificates(options: CertificatesOptions = {}): Promise<Certificates> {
  checkOptions('createCertificates', options, ['hosts', 'signal'])
  const { hosts = ['localhost', '127.0.0.1'], signal } = options
  if (!Array.isArray(hosts) || hosts.length === 0)
    throw new InvalidOptionError('hosts', 'an array that is not empty', hosts)
  const names = hosts.map(checkHost)
  const prefix = temporaryPrefix('OpenSSL')
  try {
    return await underSupervisor({ prefix, signal }, supervisor => make(supervisor, names))
  } catch (error) {
    throw signal?.aborted ? signal.reason : explainFileError('OpenSSL', prefix, error)
  }
}

/** In the configuration file, a comma or a new line would begin something else. */
function checkHost(host: string): string {
  if (/^[\w.:*-]+$/.test(checkText('hosts', host))) return `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`
  throw new InvalidOptionError('hosts', 'names and IP addresses', host)
}

async function make(supervisor: Supervisor, names: readonly string[]): Promise<Certificates> {
  const openssl = await onPath('openssl')
  if (openssl === undefined)
    throw new ServerUnavailableError('OpenSSL', 'openssl is not on PATH; install it to make certificates')
  const at = (name: string) => join(supervisor.directory, name)
  await writeFile(at('openssl.conf'), configuration(names))
  const run = async (...args: string[]) => {
    const { code, output } = await supervisor.run({
      command: openssl,
      args,
      cwd: supervisor.directory,
      env: childEnvironment(),
    })
    if (code !== 0) throw failed(output)
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const request = [...newKey, '-config', 'openssl.conf']
  const days = ['-days', '30']
  await run(
    'req',
    '-x509',
    ...request,
    ...days,
    '-subj',
    '/CN=Test CA',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  await run('req', '-new', ...request, '-subj', '/CN=Test', '-keyout', 'server.key', '-out', 'server.csr')
  const signed = ['-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1', ...days]
  const extensions = ['-extfile', 'openssl.conf', '-extensions', 'server']
  await run('x509', '-req', ...signed, ...extensions, '-out', 'server.pem')
  const stop = () => supervisor.close()
  return {
    ca: at('ca.pem'),
    cert: at('server.pem'),
    key: at('server.key'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** All that would else come from the system's own `openssl.cnf`. */
function configuration(names: readonly string[]): string {
  return `[req]
distinguished_name = name
x509_extensions = authority
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = ${names.join(',')}
`
}

function failed(output: string): ServerStartError {
  const words = output.trim().split('\n').slice(-2).join(' ').slice(0, 400)
  return new ServerStartError('OpenSSL', 'exited', `openssl made no certificate; its last words: ${words}`)
}

/** Not for servers: they would change what initdb and psql do, carry passwords, or load code meant for us. */
const unwanted = /^(PG|NODE_OPTIONS$|DATABASE_URL$|REDIS_URL$|LC_|LANG$|LANGUAGE$)/

/** Our environment for a process that we start: messages in English, nothing in it that is meant for us alone. */
export function childEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.test(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C', ...more }
}

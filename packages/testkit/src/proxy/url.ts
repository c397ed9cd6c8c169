import { InvalidArgumentError } from '@greenlang/core'

/** `from` with another host and port. */
export function urlThrough(
  from: string,
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const invalid = () =>
    new InvalidArgumentError('from', 'a url with a host, such as redis://localhost:6379', from)
  if (!URL.canParse(from)) throw invalid()
  const url = new URL(from)
  if (url.hostname === '') throw invalid()
  url.hostname = host.includes(':') ? `[${host}]` : host
  url.port = String(port)
  return url.href
}

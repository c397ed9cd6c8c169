/** Bodies that are short enough, read to their end; longer ones handed on, without holding more than has been read. */

/** The bytes, or the whole body as a stream where it is longer than that. */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const { body } = response
  if (body === null) return new Uint8Array(0)
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) return body
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  while (bytes <= maxBytes) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, bytes)
    chunks.push(value)
    bytes += value.byteLength
  }
  return resumed(chunks, reader)
}

/** In memory of their own: a Buffer of Node may lie in a pool, all of which would stay and be copied with it. */
function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

export function isBytes(body: Uint8Array | ReadableStream<Uint8Array>): body is Uint8Array {
  return ArrayBuffer.isView(body)
}

/** What was read already, then the rest as its reader wants it. */
function resumed(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = chunks.shift()
        if (chunk) return controller.enqueue(chunk)
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: reason => {
        chunks.length = 0
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Lets go of the connection of a response that nobody wants. */
export function discard(response: Response | undefined): void {
  response?.body?.cancel().catch(() => undefined)
}

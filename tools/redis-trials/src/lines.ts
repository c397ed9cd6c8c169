/** Lines of a socket as they come. Rejected: `node:readline`, which throws where the other end was killed. */
import type { Socket } from 'node:net'

export function readLines(socket: Socket, hear: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}

/** One line that is written over, where a person looks on; nothing where the output goes to a file. */
export interface Progress {
  show(line: string): void
  /** Ends the line and says this, in either case. */
  say(line: string): void
  clear(): void
}

const eraseLine = '\r\u001b[K'

export function progressLine(stream: NodeJS.WriteStream = process.stderr): Progress {
  const clear = () => {
    if (stream.isTTY) stream.write(eraseLine)
  }
  return {
    clear,
    show(line) {
      if (stream.isTTY) stream.write(`${eraseLine}${line.slice(0, Math.max(1, stream.columns - 1))}`)
    },
    say(line) {
      clear()
      stream.write(`${line}\n`)
    },
  }
}

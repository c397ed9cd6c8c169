/** The calls of `node:fs` that are used, as promises over their callbacks: half the cost of `node:fs/promises`. */
import {
  close,
  fdatasync,
  fsync,
  lstat,
  mkdir,
  open,
  read,
  readdir,
  rename,
  rm,
  type Stats,
  unlink,
  writev,
} from 'node:fs'
import { promisify } from 'node:util'

/** To the same place in `bytes` as in the file. */
const readInto = (fd: number, bytes: Buffer, at: number, length: number) =>
  new Promise<number>((resolve, reject) => {
    read(fd, bytes, at, length, at, (error, count) => (error ? reject(error) : resolve(count)))
  })

const writeAll = (fd: number, parts: readonly Uint8Array[], position: number) =>
  new Promise<number>((resolve, reject) => {
    writev(fd, parts, position, (error, count) => (error ? reject(error) : resolve(count)))
  })

export const disk = {
  open: promisify(open) as (path: string, flags: number, mode?: number) => Promise<number>,
  read: readInto,
  writev: writeAll,
  close: promisify(close),
  fsync: promisify(fsync),
  fdatasync: promisify(fdatasync),
  lstat: promisify(lstat) as (path: string) => Promise<Stats>,
  mkdir: promisify(mkdir) as (
    path: string,
    options: { recursive?: boolean; mode: number },
  ) => Promise<unknown>,
  readdir: promisify(readdir) as (path: string) => Promise<string[]>,
  rename: promisify(rename),
  rm: promisify(rm) as (path: string, options: { recursive?: boolean; force?: boolean }) => Promise<void>,
  unlink: promisify(unlink),
}

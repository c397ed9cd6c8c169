/** For a server that runs as another user than ours: can that user reach a folder, and a copy that it can. */
import { chmod, constants, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Whether any user may enter `folder` and read (or enter) each of `files` in it. */
export async function openToEveryone(folder: string, files: readonly string[]): Promise<boolean> {
  const modes = await Promise.all(files.map(async file => (await stat(join(folder, file))).mode))
  const places = await Promise.all(files.map(file => enterableByEveryone(dirname(join(folder, file)))))
  return places.every(Boolean) && modes.every(mode => (mode & 0o004) !== 0)
}

/** Whether any user may enter `folder`: it and each folder above it say so. */
export async function enterableByEveryone(folder: string): Promise<boolean> {
  for (let place = folder; ; place = dirname(place)) {
    if (((await stat(place)).mode & 0o001) === 0) return false
    if (place === dirname(place)) return true
  }
}

/** Copies folders and plain files, readable by everyone whatever their modes were; links are left out. */
export async function copyForEveryone(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const item of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, item.name), join(to, item.name)]
    if (item.isDirectory()) await copyForEveryone(source, target)
    else if (item.isFile()) await copyPlainFile(source, target)
  }
}

async function copyPlainFile(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE)
  const { mode } = await stat(source)
  await chmod(target, (mode & 0o100) === 0 ? 0o644 : 0o755)
}

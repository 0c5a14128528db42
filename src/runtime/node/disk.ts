import fs from 'node:fs'
import path from 'node:path'
import type { Disk, DiskSpace, File } from '../disk.ts'
import { lock } from './lock.ts'

// Of the module, which has so many functions that each is looked up anew.
const { readSync, writeSync, writevSync } = fs

class NodeFile implements File {
  constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  size(): number {
    return fs.fstatSync(this.fd).size
  }

  read(target: Uint8Array, at: number, length: number, position: number): number {
    let done = 0
    while (done < length) {
      const count = readSync(this.fd, target, at + done, length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  write(data: Uint8Array, position: number): void {
    for (let done = 0; done < data.length; ) done += writeSync(this.fd, data, done, data.length - done, position + done)
  }

  writeAll(parts: readonly Uint8Array[], position: number): void {
    if (parts.length === 1) return this.write(parts[0] as Uint8Array, position)
    let at = position + writevSync(this.fd, parts as Uint8Array[], position)
    // What a full write did not take is written part by part.
    for (let start = position, i = 0; i < parts.length; i++) {
      const part = parts[i] as Uint8Array
      const end = start + part.length
      if (at < end) {
        this.write(part.subarray(at - start), at)
        at = end
      }
      start = end
    }
  }

  async writeLater(data: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < data.length; ) {
      done += await new Promise<number>((resolve, reject) =>
        fs.write(this.fd, data, done, data.length - done, position + done, (error, count) =>
          error ? reject(error) : resolve(count),
        ),
      )
    }
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.fd, size)
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => fs.fdatasync(this.fd, (error) => (error ? reject(error) : resolve())))
  }

  syncNow(): void {
    fs.fdatasyncSync(this.fd)
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function syncDir(dir: string): void {
  const fd = fs.openSync(dir, 'r')
  try {
    fs.fsyncSync(fd)
  } catch (error) {
    // Windows has no such call for folders, and needs none.
    if (process.platform !== 'win32') throw error
  } finally {
    fs.closeSync(fd)
  }
}

async function syncDirLater(dir: string): Promise<void> {
  const folder = await fs.promises.open(dir, 'r')
  try {
    await folder.sync()
  } catch (error) {
    if (process.platform !== 'win32') throw error
  } finally {
    await folder.close()
  }
}

function replaceFile(target: string, data: Uint8Array | string, mode = 0o666): void {
  const aside = `${target}.tmp`
  // What an earlier crash may have left keeps the permissions that it was made with.
  if (mode !== 0o666) fs.rmSync(aside, { force: true })
  const fd = fs.openSync(aside, 'w', mode)
  try {
    fs.writeFileSync(fd, data)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  fs.renameSync(aside, target)
  syncDir(path.dirname(target))
}

/** Node's own way of making folders above a folder never ends where the system refuses one in a folder that is there, as in /proc. */
function mkdir(dir: string): void {
  try {
    fs.mkdirSync(dir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isThere = code === 'EEXIST' && fs.statSync(dir).isDirectory()
    if (isThere) return
    if (code !== 'ENOENT' || fs.existsSync(path.dirname(dir))) throw error
    mkdir(path.dirname(dir))
    mkdir(dir)
  }
}

function space(dir: string): DiskSpace | undefined {
  try {
    const { bsize, blocks, bavail } = fs.statfsSync(dir)
    return { total: bsize * blocks, usable: bsize * bavail }
  } catch {
    return undefined
  }
}

export const nodeDisk: Disk = {
  open(file, { create = false, readOnly = false } = {}) {
    const { O_RDWR, O_RDONLY, O_CREAT } = fs.constants
    return new NodeFile(file, fs.openSync(file, readOnly ? O_RDONLY : O_RDWR | (create ? O_CREAT : 0), 0o644))
  },
  readFile: (file) => orUndefined(() => fs.readFileSync(file)),
  writeFile: (file, data) => fs.writeFileSync(file, data),
  replaceFile,
  list: (dir) => orUndefined(() => fs.readdirSync(dir).sort()),
  stat: (file) =>
    orUndefined(() => {
      const stat = fs.statSync(file)
      return { isDirectory: stat.isDirectory(), size: stat.size, modified: stat.mtimeMs }
    }),
  mkdir,
  space,
  setModified: (file, time) => fs.utimesSync(file, time / 1000, time / 1000),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => fs.rmSync(file, { recursive: true, force: true }),
  syncDir,
  syncDirLater,
  lock,
}

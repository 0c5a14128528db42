import type { Disk } from '../runtime/index.ts'
import { ConfigError } from './define.ts'

/** A path without `.`, `..` and doubled slashes, as Java's `Path.normalize` gives it. */
function normalized(path: string): string {
  const isAbsolute = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !isAbsolute) parts.push(part)
  }
  return (isAbsolute ? '/' : '') + parts.join('/')
}

/** Where a provider may read, by its parameter `allowed.paths` (KIP-993): there, and below; everywhere when that names nothing. */
export class AllowedPaths {
  readonly #allowed: readonly string[] | undefined

  /** Throws `ConfigError` for a path that is not absolute, or not there. */
  constructor(list: string | undefined, disk: Pick<Disk, 'stat'>) {
    if (!list) return
    this.#allowed = list.split(',').map((one) => {
      const path = normalized(one)
      if (!path.startsWith('/')) throw new ConfigError(`Path ${path} is not absolute`)
      if (!disk.stat(path)) throw new ConfigError(`Path ${path} does not exist`)
      return path
    })
  }

  /** The path to read; undefined when that is not allowed. */
  check(path: string): string | undefined {
    if (!this.#allowed) return path
    const wanted = normalized(path)
    const isBelow = (allowed: string) => wanted === allowed || wanted.startsWith(allowed === '/' ? '/' : `${allowed}/`)
    return this.#allowed.some(isBelow) ? wanted : undefined
  }
}

export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'syncDir'
  | 'list'
  | 'stat'
  | 'mkdir'
  | 'rename'
  | 'remove'
  | 'lock'

/** An error to come. It strikes every operation of its kind on paths that contain `path`, `times` times. */
export interface DiskFault {
  readonly operation: DiskOperation
  readonly path: string
  /** A system error's code, such as `EIO` or `ENOSPC`. */
  readonly code: string
  readonly times: number
}

/** Thrown by every operation of a process that the test has declared dead. It is no system error: nobody may handle it. */
export class ProcessDied extends Error {
  override name = 'ProcessDied'
}

const CHANGING: ReadonlySet<DiskOperation> = new Set([
  'write',
  'truncate',
  'sync',
  'syncDir',
  'mkdir',
  'rename',
  'remove',
])

/** Counts operations that change or secure something, dies at the one it is told, and throws the errors it is told. */
export class FaultPlan {
  /** Operations so far that change or secure something; reads make no new state to crash in. */
  operations = 0
  #dieAt = Number.POSITIVE_INFINITY
  #dead = false
  #faults: { fault: DiskFault; left: number }[] = []

  /** The process dies just before its operation of this number (from 0). */
  dieAt(operation: number): void {
    this.#dieAt = operation
  }

  add(fault: DiskFault): void {
    this.#faults.push({ fault, left: fault.times })
  }

  clear(): void {
    this.operations = 0
    this.#dieAt = Number.POSITIVE_INFINITY
    this.#dead = false
    this.#faults = []
  }

  get dead(): boolean {
    return this.#dead
  }

  check(operation: DiskOperation, path: string): void {
    if (CHANGING.has(operation) && this.operations++ >= this.#dieAt) this.#dead = true
    if (this.#dead) throw new ProcessDied()
    for (const entry of this.#faults) {
      const { fault } = entry
      if (entry.left === 0 || fault.operation !== operation || !path.includes(fault.path)) continue
      entry.left--
      throw Object.assign(new Error(`${fault.code}: ${operation} '${path}'`), {
        code: fault.code,
        syscall: operation,
        path,
      })
    }
  }
}

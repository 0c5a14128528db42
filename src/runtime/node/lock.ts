import fs from 'node:fs'
import path from 'node:path'
import type { Lock } from '../disk.ts'

/** Reads a file of the system's; undefined when it is not there (any more). */
function readAll(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
}

/**
 * What tells a process from all that had or will have its id, where the system says it (Linux): when it began, in ticks since which start of the
 * machine. Undefined for one that is gone, or has ended and waits for somebody to ask how.
 */
function beginningOf(pid: number): string | undefined {
  const stat = readAll(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name before it may hold anything.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${fields[18]}@${readAll('/proc/sys/kernel/random/boot_id')?.trim()}`
}

/** Whether the process that wrote a lock runs, and is not this one. */
function holds(text: string): boolean {
  const [id = '', beginning] = text.trim().split(' ')
  const pid = Number(id)
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  if (beginningOf(process.pid) !== undefined) {
    const found = beginningOf(pid)
    return found !== undefined && (beginning === undefined || beginning === found)
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const held = new Set<string>()

/**
 * Node has no flock: the lock is a file that says which process holds it, stale when that is gone. Its id alone would not do: after the machine was
 * started again, or in a container, another process may have it, and a killed one keeps it until its parent asks.
 */
export function lock(file: string): Lock | undefined {
  const name = path.resolve(file)
  if (held.has(name)) return undefined
  const holder = fs.existsSync(name) ? fs.readFileSync(name, 'utf8') : ''
  if (holds(holder)) return undefined
  const own = beginningOf(process.pid)
  fs.writeFileSync(name, own === undefined ? String(process.pid) : `${process.pid} ${own}`)
  held.add(name)
  return {
    release: () => {
      held.delete(name)
      fs.rmSync(name, { force: true })
    },
  }
}

import type { AclOperation, AclResourceType } from '../../../protocol/acl.ts'
import type { Clock } from '../../../runtime/index.ts'

/** A client that is refused asks again and again: one line a minute is enough. */
const SILENCE_MS = 60_000
const MAX_REMEMBERED = 1000

/** Tells the log what was refused to whom. */
export class DenialLog {
  private readonly toldAt = new Map<string, number>()

  constructor(
    private readonly clock: Clock,
    private readonly log: (line: string) => void,
  ) {}

  note(user: string, host: string, operation: AclOperation, type: AclResourceType, name: string): void {
    const line = `${user} at ${host} is not allowed to ${operation} ${type} ${name}`
    const now = this.clock.now()
    const before = this.toldAt.get(line)
    if (before !== undefined && now - before < SILENCE_MS) return
    if (this.toldAt.size >= MAX_REMEMBERED) this.toldAt.clear()
    this.toldAt.set(line, now)
    this.log(line)
  }
}

import { KafkaError } from '../../../../protocol/errors.ts'
import type { Clock, Timer } from '../../../../runtime/index.ts'

/** What may run out for one member of one group. */
export type Limit = 'session' | 'revocation' | 'join' | 'sync'

/** Before a member is taken out once more, where that could not be written; milliseconds. */
const AGAIN_MS = 500

/**
 * Timers of the members of a coordinator's groups: the session, which each heartbeat begins anew, and the time in which a member has to
 * give up what it may not keep.
 */
export class Sessions {
  private readonly groups = new Map<string, Map<string, Partial<Record<Limit, Timer>>>>()

  constructor(private readonly clock: Clock) {}

  begin(groupId: string, memberId: string, limit: Limit, timeoutMs: number, expired: () => void): void {
    this.end(groupId, memberId, limit)
    let members = this.groups.get(groupId)
    if (!members) this.groups.set(groupId, (members = new Map()))
    const timers = members.get(memberId) ?? {}
    timers[limit] = this.clock.timer(timeoutMs, expired)
    members.set(memberId, timers)
  }

  /** What was to be done when a limit ran out could not be written: it is tried again, unless that is another coordinator's business now. */
  beginAgain(error: unknown, groupId: string, memberId: string, limit: Limit, expired: () => void): void {
    const isOurs = !(error instanceof KafkaError && error.error === 'NOT_COORDINATOR')
    if (isOurs && !this.isRunning(groupId, memberId, limit)) this.begin(groupId, memberId, limit, AGAIN_MS, expired)
  }

  end(groupId: string, memberId: string, limit: Limit): void {
    const timers = this.groups.get(groupId)?.get(memberId)
    timers?.[limit]?.cancel()
    delete timers?.[limit]
  }

  isRunning(groupId: string, memberId: string, limit: Limit): boolean {
    return this.groups.get(groupId)?.get(memberId)?.[limit] !== undefined
  }

  /** The member is gone. */
  forget(groupId: string, memberId: string): void {
    const members = this.groups.get(groupId)
    for (const timer of Object.values(members?.get(memberId) ?? {})) timer.cancel()
    members?.delete(memberId)
    if (members?.size === 0) this.groups.delete(groupId)
  }

  /** The group is gone, or another coordinator's. */
  forgetGroup(groupId: string): void {
    for (const memberId of [...(this.groups.get(groupId)?.keys() ?? [])]) this.forget(groupId, memberId)
  }
}

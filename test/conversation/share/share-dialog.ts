import { acknowledge } from '../../../src/server/replication/share/acknowledge.ts'
import { acquire } from '../../../src/server/replication/share/acquire.ts'
import { type PendingChange, type ShareRules, ShareState } from '../../../src/server/replication/share/share-state.ts'
import { combineBatches, type StateBatch } from '../../../src/server/replication/share/state-batch.ts'

const types: Readonly<Record<string, number>> = { gap: 0, accept: 1, release: 2, reject: 3, renew: 4 }
const states: Readonly<Record<number, string>> = { 0: 'available', 1: 'acquired', 2: 'acknowledged', 4: 'archived' }
const LOCK_MS = 30_000

const spell = (first: number, last: number): string => (first === last ? `${first}` : `${first}-${last}`)
const range = (text: string): [number, number] => {
  const [first, last] = text.split('-').map(Number) as [number, number?]
  return [first, last ?? first]
}

/**
 * What members of a share group say to the leader of a partition, and what it does: one line a request. `take m 0-4 5-9` reads those record
 * batches for a member, `ack m 0-2 accept` acknowledges, `release m` closes a session, `wait 30` lets seconds pass, `log 7` moves the log's
 * start, `crash` begins anew with what was written, `fail` has the next write fail, `slow` has it wait for `written`.
 */
export class ShareDialog {
  private stored: { startOffset: number; batches: StateBatch[] } = { startOffset: 0, batches: [] }
  private state = this.load()
  private now = 0
  private rules: ShareRules = { deliveryCountLimit: 5, lockMs: LOCK_MS, maxLocks: 2000, renewAllowed: true }
  private next: 'well' | 'fail' | 'slow' = 'well'
  private waiting: PendingChange | undefined

  private load(): ShareState {
    return new ShareState({ stateEpoch: 0, ...this.stored }, () => 0)
  }

  run(line: string): string[] {
    const [command = '', ...args] = line.split(' ')
    try {
      return this.perform(command, args)
    } catch (error) {
      return [`${(error as { error: string }).error}: ${(error as Error).message}`]
    }
  }

  private perform(command: string, args: string[]): string[] {
    const { state, rules } = this
    const [first = ''] = args
    switch (command) {
      case 'take':
        return this.take(first, args.slice(1))
      case 'ack':
        return this.write(
          acknowledge(state, first, batchesOf(args.slice(1)), { rules, lockedUntil: this.now + LOCK_MS }),
        )
      case 'release':
        return this.write(state.release(first, rules))
      case 'wait':
        this.now += Number(first) * 1000
        return this.write(state.expire(this.now, rules))
      case 'log':
        state.moveToLogStart(Number(first))
        return this.where()
      case 'rules':
        for (const [name, value] of args.map((arg) => arg.split('=')))
          Object.assign(this.rules, { [name as string]: Number(value) })
        return []
      case 'fail':
      case 'slow':
        this.next = command
        return []
      case 'written':
        return this.settle(this.waiting as PendingChange, true)
      case 'crash':
        this.state = this.load()
        return this.where()
      case 'where':
        return this.where()
      default:
        throw new Error(`no such command: ${command}`)
    }
  }

  private take(memberId: string, args: string[]): string[] {
    const options = new Map(args.filter((arg) => arg.includes('=')).map((arg) => arg.split('=') as [string, string]))
    const batches = args
      .filter((arg) => /^\d/.test(arg))
      .map((arg) => {
        const [firstOffset, lastOffset] = range(arg)
        return { firstOffset, lastOffset }
      })
    const acquired = acquire(
      this.state,
      {
        ...{ memberId, batches, lockedUntil: this.now + LOCK_MS },
        fetchOffset: this.state.nextFetchOffset,
        maxRecords: Number(options.get('max') ?? 500),
        strict: args.includes('strict'),
        batchSize: Number(options.get('size') ?? 500),
      },
      this.rules,
    )
    if (acquired.length === 0) return [`${memberId}: nothing`]
    return acquired.map(
      ({ firstOffset, lastOffset, deliveryCount }) =>
        `${memberId}: ${spell(firstOffset, lastOffset)} x${deliveryCount}`,
    )
  }

  private write(change: PendingChange): string[] {
    const how = this.next
    this.next = 'well'
    if (change.batches.length === 0) return ['nothing to write']
    const lines = change.batches.map(
      ({ firstOffset, lastOffset, deliveryState, deliveryCount }) =>
        `  ${spell(firstOffset, lastOffset)} ${states[deliveryState]} x${deliveryCount}`,
    )
    const { start, completeCount } = this.state
    if (how !== 'fail') {
      const startOffset = start
      this.stored = { startOffset, batches: combineBatches(this.stored.batches, change.batches, startOffset) }
    }
    if (how === 'slow') this.waiting = change
    const settled = how === 'slow' ? [] : this.settle(change, how === 'well')
    return [`write from ${start}, ${completeCount} done:`, ...lines, ...settled]
  }

  private settle(change: PendingChange, written: boolean): string[] {
    this.state.settle(change, written)
    return [...(written ? [] : ['not written']), ...this.where()]
  }

  private where(): string[] {
    const { start, end, nextFetchOffset } = this.state
    return [`=> ${start}..${end}, next ${nextFetchOffset}`]
  }
}

function batchesOf(args: string[]) {
  const batches = []
  for (let at = 0; at < args.length; at += 2) {
    const [firstOffset, lastOffset] = range(args[at] as string)
    const acknowledgeTypes = (args[at + 1] as string).split(',').map((name) => types[name] as number)
    batches.push({ firstOffset, lastOffset, acknowledgeTypes })
  }
  return batches
}

import { describe, expect, it } from 'vitest'
import { Errors } from '../../../src/protocol/errors.ts'
import type { PartitionImage } from '../../../src/server/metadata/image.ts'
import type { IsrAnswer, IsrProposal, IsrProposals } from '../../../src/server/replication/isr-proposals.ts'
import type { ReplicationContext } from '../../../src/server/replication/leadership.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { placed } from '../coordinator/placed.ts'
import { batchOf, openLog } from '../storage/batches.ts'

const LAG_MS = 1000
const replicated: PartitionImage = { ...placed, replicas: [1, 2, 3], isr: [1, 2, 3] }

/** A partition that node 1 leads, on a clock that is moved by hand; the controller is the test. */
function led(image: Partial<PartitionImage> = {}, minInSync = 2) {
  const runtime = memoryRuntime()
  const log = openLog(runtime)
  const asked: IsrProposal[] = []
  const epochs = new Map([2, 3].map((id) => [id, 10 * id]))
  const context: ReplicationContext = {
    ...{ nodeId: 1, clock: runtime.clock, lagTimeMaxMs: LAG_MS, log: () => {} },
    proposals: { submit: (proposal: IsrProposal) => asked.push(proposal) } as unknown as IsrProposals,
    minInSync: () => minInSync,
    brokerEpoch: () => 10,
    liveEpoch: (id) => epochs.get(id),
    canServe: () => true,
    isEligible: (id, epoch) => epochs.has(id) && (epoch === -1 || epoch === epochs.get(id)),
  }
  let now: PartitionImage = { ...replicated, ...image }
  const partition = new Partition('t', 0, log, now, 1, context)
  const change = (next: Partial<PartitionImage>) => {
    now = { ...now, partitionEpoch: now.partitionEpoch + 1, ...next }
    partition.update(now)
  }
  const fetched = (id: number, fetchOffset: number, brokerEpoch = epochs.get(id) ?? -1, logStartOffset = 0) =>
    partition.noteFetch(partition.follower(id, -1), { fetchOffset, logStartOffset, brokerEpoch })
  const append = (value: string, options: { requiredAcks?: number; timeoutMs?: number; gather?: boolean } = {}) =>
    partition.append(batchOf({ values: [value] }), { origin: 'client', requiredAcks: -1, minInSync, ...options })
  /** The controller's answer to the last proposal. */
  const answer = (one: Partial<IsrAnswer>) => {
    const proposal = asked.at(-1) as IsrProposal
    return proposal.settle({
      ...{ partitionIndex: 0, errorCode: 0, leaderId: 1, leaderEpoch: proposal.leaderEpoch, leaderRecoveryState: 0 },
      ...{ isr: proposal.isr.map(({ brokerId }) => brokerId), partitionEpoch: proposal.partitionEpoch + 1, ...one },
    })
  }
  return { runtime, log, partition, asked, epochs, change, fetched, append, answer }
}

/** What became of a promise by now. */
async function outcome(promise: Promise<void> | undefined): Promise<string> {
  if (!promise) return 'at once'
  const code = promise.then(
    () => 'done',
    ({ error }: { error: string }) => error,
  )
  return Promise.race([code, new Promise<string>((resolve) => setImmediate(() => resolve('waits')))])
}

describe('what is committed', () => {
  it('is not for a broker to say that has come to follow before its bytes were written', () => {
    const { log, partition, append, change } = led({ replicas: [1], isr: [1] }, 1)
    append('a', { gather: true })
    change({ leader: 2, leaderEpoch: 1, replicas: [1, 2], isr: [2] })
    partition.writeOut()
    expect([log.logEndOffset, log.highWatermark]).toEqual([1, 0])
  })

  it('can be waited for by who finds more in a log that it has come to lead', async () => {
    const { partition, append, change, fetched } = led()
    expect(partition.allCommitted).toBeUndefined()
    append('a', { requiredAcks: 1 })
    const settled = partition.allCommitted
    expect(await outcome(settled)).toBe('waits')
    fetched(2, 1)
    fetched(3, 1)
    expect(await outcome(settled)).toBe('done')
    append('b', { requiredAcks: 1 })
    const lost = partition.allCommitted
    change({ leader: 2, leaderEpoch: 1 })
    expect(await outcome(lost)).toBe('NOT_LEADER_OR_FOLLOWER')
  })

  it('is what every member of the ISR has asked to go on from', async () => {
    const { log, append, fetched } = led()
    const { written } = append('a')
    expect([log.highWatermark, await outcome(written)]).toEqual([0, 'waits'])
    fetched(2, 1)
    expect([log.highWatermark, await outcome(written)]).toEqual([0, 'waits'])
    fetched(3, 1)
    expect([log.highWatermark, await outcome(written)]).toEqual([1, 'done'])
  })

  it('is answered for at once with acks=1', async () => {
    const { log, append } = led()
    expect(await outcome(append('a', { requiredAcks: 1 }).written)).toBe('at once')
    expect(log.highWatermark).toBe(0)
  })

  it('does not grow while there are fewer in sync than min.insync.replicas asks for', async () => {
    const { log, append, fetched, change, partition } = led()
    const { written } = append('a')
    change({ isr: [1] })
    expect([log.highWatermark, await outcome(written)]).toEqual([0, 'waits'])
    expect(() => append('b')).toThrow('insufficient to satisfy the min.isr requirement of 2')
    expect(log.logEndOffset).toBe(1)
    fetched(2, 1)
    change({ isr: [1, 2] })
    expect([log.highWatermark, await outcome(written)]).toEqual([1, 'done'])
    expect(partition.isReplicated).toBe(true)
  })

  it('is no success where too few are left when it is asked for again', async () => {
    const { append, fetched, change, partition, log } = led()
    const records = () => batchOf({ values: ['a'], producerId: 5, producerEpoch: 0, baseSequence: 0 })
    const send = () => partition.append(records(), { origin: 'client', requiredAcks: -1, minInSync: 1 })
    const { written } = send()
    for (const id of [2, 3]) fetched(id, 1)
    expect([log.highWatermark, await outcome(written)]).toEqual([1, 'done'])
    expect(await outcome(send().written)).toBe('at once')
    change({ isr: [1] })
    expect(() => append('b')).toThrow('insufficient')
  })

  it('waits for both, the members that were and those that are proposed', async () => {
    const { runtime, log, append, fetched, asked, answer } = led({ isr: [1, 2] })
    fetched(3, 0)
    expect(asked.map(({ isr }) => isr.map(({ brokerId }) => brokerId))).toEqual([[1, 2, 3]])
    // However long it is silent: the controller may have taken it in.
    await runtime.clock.advance(2 * LAG_MS)
    const { written } = append('a')
    fetched(2, 1)
    expect([log.highWatermark, await outcome(written)]).toEqual([0, 'waits'])
    expect(answer({ errorCode: Errors.INELIGIBLE_REPLICA })).toBe(false)
    expect([log.highWatermark, await outcome(written)]).toEqual([1, 'done'])
  })

  it('waits for one that is nearly there', async () => {
    const { runtime, log, append, fetched, answer } = led({ isr: [1, 2] })
    fetched(3, 0)
    answer({ errorCode: Errors.INELIGIBLE_REPLICA })
    append('a')
    fetched(2, 1)
    expect(log.highWatermark).toBe(0)
    await runtime.clock.advance(LAG_MS + 1)
    append('b')
    fetched(2, 2)
    expect(log.highWatermark).toBe(2)
  })

  it('times out, and ends with the leadership', async () => {
    const { runtime, append, change } = led()
    const [short, long] = [append('a', { timeoutMs: 50 }).written, append('b').written]
    await runtime.clock.advance(60)
    expect([await outcome(short), await outcome(long)]).toEqual(['REQUEST_TIMED_OUT', 'waits'])
    change({ leader: 2, leaderEpoch: 1 })
    expect(await outcome(long)).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(() => append('c')).toThrow()
  })

  it('is not counted from what followers had in an earlier epoch', async () => {
    const { log, append, fetched, change } = led()
    append('a')
    fetched(2, 1)
    change({ leader: 1, leaderEpoch: 1 })
    fetched(3, 1)
    expect(log.highWatermark).toBe(0)
    fetched(2, 1)
    expect(log.highWatermark).toBe(1)
  })

  it('grows at once when the others have gone', async () => {
    const { log, append, change } = led({}, 1)
    const { written } = append('a')
    change({ replicas: [1], isr: [1] })
    expect([log.highWatermark, await outcome(written)]).toEqual([1, 'done'])
    expect(append('b', { gather: true }).written).toBeUndefined()
  })

  it('is shown when it is with the system, where appends are gathered', async () => {
    const { log, append, fetched, partition } = led({ isr: [1] }, 1)
    let told = 0
    partition.onAppend(() => told++)
    const { written } = append('a', { gather: true })
    expect([log.highWatermark, told]).toEqual([0, 0])
    partition.writeOut()
    expect([log.highWatermark, told, await outcome(written)]).toEqual([1, 1, 'done'])
    fetched(2, 1)
  })
})

describe('the ISR', () => {
  it('takes in who is at the high watermark and where the epoch begins', () => {
    const { asked, fetched, append, log, partition } = led({ isr: [1] }, 1)
    for (const value of ['a', 'b']) append(value, { requiredAcks: 1 })
    expect(log.highWatermark).toBe(2)
    fetched(2, 1)
    expect(asked).toEqual([])
    fetched(2, 2)
    expect(asked).toMatchObject([
      {
        leaderEpoch: 0,
        partitionEpoch: 0,
        isr: [
          { brokerId: 1, brokerEpoch: 10 },
          { brokerId: 2, brokerEpoch: 20 },
        ],
      },
    ])
    expect(partition.epochStart).toBe(0)
  })

  it('does not take in who has not come to the beginning of the epoch, though it is at the high watermark', () => {
    const { asked, fetched, append, log, change } = led({ isr: [1, 2] })
    append('a')
    change({ leader: 1, leaderEpoch: 1 })
    expect(log.highWatermark).toBe(0)
    fetched(3, 0)
    expect(asked).toEqual([])
    fetched(3, 1)
    expect(asked).toHaveLength(1)
  })

  it('does not take in who is fenced, or fetches as what it was before', () => {
    const { asked, fetched, epochs } = led({ isr: [1, 2] })
    epochs.delete(3)
    fetched(3, 0, 30)
    expect(asked).toEqual([])
    // The metadata here does not know yet that it has registered again.
    epochs.set(3, 30)
    fetched(3, 0, 31)
    expect(asked).toEqual([])
    epochs.set(3, 31)
    expect(() => fetched(3, 0, 30)).toThrow(expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }))
  })

  it('loses who has not been caught up for too long, and nobody who is only a little behind', async () => {
    const { runtime, asked, fetched, append, partition } = led()
    append('a', { requiredAcks: 1 })
    fetched(2, 0)
    for (let round = 0; round < 4; round++) {
      await runtime.clock.advance(LAG_MS / 2)
      append('b', { requiredAcks: 1 })
      // Each time it asks for what was the end the time before.
      fetched(2, round + 1)
      partition.shrinkIsr()
    }
    expect(asked.map(({ isr }) => isr.map(({ brokerId }) => brokerId))).toEqual([[1, 2]])
  })

  it('asks again where the controller may be asked again, and follows the metadata where that is newer', () => {
    const { asked, fetched, answer, change, partition, append } = led({ isr: [1, 2] })
    fetched(3, 0)
    expect(answer({ errorCode: Errors.UNKNOWN_SERVER_ERROR })).toBe(true)
    expect(asked[0]?.isWanted()).toBe(true)
    change({ isr: [1] })
    expect(asked[0]?.isWanted()).toBe(false)
    answer({})
    expect(() => append('a')).toThrow('insufficient')
    fetched(3, 0)
    expect(asked.at(-1)?.partitionEpoch).toBe(1)
    answer({})
    append('a')
    change({ leader: 2, leaderEpoch: 1 })
    expect(partition.isReplicated).toBe(false)
  })

  it('knows whom it does not follow', () => {
    const { partition } = led()
    expect(() => partition.follower(4, 0)).toThrow(expect.objectContaining({ error: 'UNKNOWN_LEADER_EPOCH' }))
    expect(() => partition.follower(4, -1)).toThrow(expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }))
    expect(() => partition.follower(2, 7)).toThrow(expect.objectContaining({ error: 'UNKNOWN_LEADER_EPOCH' }))
  })
})

describe('the low watermark', () => {
  it('is the lowest start of the logs of live brokers', () => {
    const { partition, fetched, append, log, epochs } = led()
    append('a')
    for (const id of [2, 3]) fetched(id, 1)
    log.deleteRecordsBefore(1)
    let told = 0
    partition.onLowWatermark(() => told++)
    expect(partition.lowWatermark).toBe(0)
    fetched(2, 1, 20, 1)
    expect([partition.lowWatermark, told]).toEqual([0, 1])
    epochs.delete(3)
    expect(partition.lowWatermark).toBe(1)
  })
})

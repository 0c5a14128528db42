import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  AlterClientQuotas,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeClientQuotas,
  Fetch,
  Metadata,
  Produce,
} from '../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** How long clients beyond their quotas have to be silent, at Apache's broker and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of quotas with Apache's broker is skipped: ${missing}`)

const CLIENT = 'raw'
/** Both measure by clocks of their own, from when they took the request. */
const NEAR_MS = 120

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(27_460, { 'quota.window.num': '2', 'controller.quota.window.num': '1' })
  await twin.makeTopics({ written: 1, read: 1, more: 1, gone: 3 })
}, 120_000)
afterAll(() => twin?.close())

/** Sets or takes back a quota at both, and waits until they describe it so. */
async function set(key: string, value: number | undefined): Promise<void> {
  const entity = [{ entityType: 'client-id', entityName: CLIENT }]
  const ops = [{ key, value: value ?? 0, remove: value === undefined }]
  await twin.same('admin', AlterClientQuotas, 1, { entries: [{ entity, ops }], validateOnly: false })
  const components = [{ entityType: 'client-id', matchType: 0, match: CLIENT }]
  const known = ({ entries }: Plain) =>
    entries?.[0]?.values.find((one: Plain) => one.key === key)?.value as number | undefined
  await vi.waitFor(async () => {
    const { ours, theirs } = await twin.ask('admin', DescribeClientQuotas, 1, { components, strict: true })
    expect([known(ours), known(theirs)]).toEqual([value, value])
  })
}

const near = (answers: { ours: Plain; theirs: Plain }) => {
  const [ours, theirs] = [answers.ours.throttleTimeMs, answers.theirs.throttleTimeMs]
  expect(Math.abs(ours - theirs), `${ours} here, ${theirs} at Apache's`).toBeLessThan(NEAR_MS)
  return theirs as number
}

/** Both answer the next request of the connection when the silence is over, and not before. */
async function staysSilent(actor: string, silence: number): Promise<void> {
  const begun = performance.now()
  await twin.ask(actor, Metadata, 12, { topics: [] })
  const waited = performance.now() - begun
  expect(waited).toBeGreaterThan(silence - NEAR_MS)
  expect(waited).toBeLessThan(silence + 10 * NEAR_MS)
}

const batchOf = (bytes: number) => encodeBatch([{ key: null, value: Buffer.alloc(bytes), timestamp: Date.now() }])
const produceOf = (topic: string, bytes: number) => ({
  ...{ transactionalId: null, acks: -1, timeoutMs: 5000 },
  topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(bytes) }] }],
})

describe.skipIf(missing)('quotas', () => {
  it('of bytes produced', async () => {
    await set('producer_byte_rate', 10_000)
    const silences = []
    for (const bytes of [5000, 8000, 3000]) {
      const silence = near(await twin.ask('writer', Produce, 9, produceOf('written', bytes)))
      silences.push(silence)
      await staysSilent('writer', silence)
    }
    expect(silences[0]).toBe(0)
    expect(silences[1]).toBeGreaterThan(200)
    await set('producer_byte_rate', undefined)
    near(await twin.ask('writer', Produce, 9, produceOf('written', 500_000)))
  }, 30_000)

  it('of bytes fetched', async () => {
    for (let i = 0; i < 3; i++) await twin.ask('writer', Produce, 9, produceOf('read', 3000))
    await set('consumer_byte_rate', 5000)
    const ask = (fetchOffset: number) => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1000 }]
      return twin.ask('reader', Fetch, 12, {
        ...{ maxWaitMs: 0, minBytes: 0, maxBytes: 100_000, sessionEpoch: -1, forgottenTopicsData: [] },
        topics: [{ topic: 'read', partitions }],
      })
    }
    const fetch = async (fetchOffset: number) => {
      const answers = await ask(fetchOffset)
      const sizes = [answers.ours, answers.theirs].map(({ responses }) => responses.length)
      expect(sizes[0]).toBe(sizes[1])
      return { silence: near(answers), topics: sizes[0] }
    }
    expect(await fetch(0)).toEqual({ silence: 0, topics: 1 })
    const refused = await fetch(1)
    expect(refused.topics).toBe(0)
    expect(refused.silence).toBeGreaterThan(100)
    await staysSilent('reader', refused.silence)
    await set('consumer_byte_rate', undefined)
    expect(await fetch(1)).toEqual({ silence: 0, topics: 1 })

    // A batch that is larger than the quota never comes from Apache's broker; from ours it does, at the price of a silence.
    await set('consumer_byte_rate', 1500)
    const came = { ours: 0, theirs: 0 }
    for (let turn = 0; turn < 3; turn++) {
      const { ours, theirs } = await ask(2)
      came.ours += ours.responses.length
      came.theirs += theirs.responses.length
      await staysSilent('reader', Math.max(ours.throttleTimeMs, theirs.throttleTimeMs))
    }
    expect(came).toEqual({ ours: 3, theirs: 0 })
    await set('consumer_byte_rate', undefined)
  }, 30_000)

  it('of changes of topics', async () => {
    await set('controller_mutation_rate', 4)
    const creatable = (name: string, numPartitions: number) => ({
      ...{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] },
    })
    const codes = ({ ours, theirs }: { ours: Plain; theirs: Plain }, list: string) => {
      const of = (answer: Plain) => answer[list].map(({ name, errorCode }: Plain) => [name, errorCode])
      expect(of(ours)).toEqual(of(theirs))
      return of(theirs).map(([, code]: [string, number]) => code)
    }
    const create = (version: number, topics: ReturnType<typeof creatable>[]) =>
      twin.ask('maker', CreateTopics, version, { topics, timeoutMs: 5000, validateOnly: false })
    const many = await create(7, [creatable('a', 3), creatable('b', 4), creatable('c', 1)])
    expect(codes(many, 'topics')).toEqual([0, 0, 89])
    await staysSilent('maker', near(many))
    const old = await create(5, [creatable('d', 4), creatable('e', 1), creatable('f', 1)])
    expect(codes(old, 'topics')).toEqual([0, 0, 0])
    await staysSilent('maker', near(old))
    const topics = [{ name: 'more', count: 7, assignments: null }]
    const grown = await twin.ask('maker', CreatePartitions, 3, { topics, timeoutMs: 5000, validateOnly: false })
    codes(grown, 'results')
    await staysSilent('maker', near(grown))
    const gone = await twin.ask('maker', DeleteTopics, 5, { topicNames: ['gone', 'a', 'b'], timeoutMs: 5000 })
    codes(gone, 'responses')
    await staysSilent('maker', near(gone))
    await set('controller_mutation_rate', undefined)
  }, 60_000)
})

import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { BrokerHeartbeat, BrokerRegistration } from '../../../src/protocol/apis/index.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import type { Api } from '../../../src/protocol/schema/index.ts'
import { BrokerLifecycle } from '../../../src/server/membership/broker-lifecycle.ts'
import type { ControllerChannel } from '../../../src/server/membership/controller-channel.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'

/** What a broker tells controllers of its log directories (KIP-858, KIP-1066). */
const [A, B] = ['AAAAAAAAAAAAAAAAAAAA_w', 'AAAAAAAAAAAAAAAAAAAB_w'] as const

type Sent = {
  readonly api: string
  readonly logDirs?: string[]
  readonly offlineLogDirs?: string[]
  readonly cordonedLogDirs?: string[] | null
}

let runtime: ReturnType<typeof memoryRuntime>
let sent: Sent[]
let fatal: string[]
let isReachable: boolean
let online: string[]
let cordoned: string[] | null
let lifecycle: BrokerLifecycle

beforeEach(async () => {
  runtime = memoryRuntime()
  sent = []
  fatal = []
  isReachable = true
  online = [A, B]
  cordoned = null
  const channel = {
    hasController: true,
    send: async (_: string, api: Api, request: object) => {
      if (!isReachable) throw new KafkaError('REQUEST_TIMED_OUT')
      sent.push({ ...request, api: api.name })
      if (api === BrokerRegistration) return { errorCode: 0, brokerEpoch: 7 }
      return { errorCode: 0, isCaughtUp: true, isFenced: false, shouldShutDown: false }
    },
  } as unknown as ControllerChannel
  lifecycle = new BrokerLifecycle({
    config: new BrokerConfig({ 'log.dir.failure.timeout.ms': '5000', 'broker.heartbeat.interval.ms': '1000' }),
    ...{ runtime, channel, clusterId: 'c', endpoints: [], previousBrokerEpoch: -1 },
    logDirs: () => online,
    cordonedLogDirs: () => cordoned,
    metadataOffset: () => 0,
    log: () => {},
    onFatal: ({ message }) => fatal.push(message),
  })
  const joined = lifecycle.join()
  await runtime.clock.advance(10)
  await joined
  const unfenced = lifecycle.unfence()
  await runtime.clock.advance(10)
  await unfenced
  sent = []
})

describe('a directory that fails', () => {
  it('is told of at once, and then with every heartbeat', async () => {
    lifecycle.directoryFailed(B)
    await runtime.clock.advance(1)
    expect(sent).toMatchObject([{ api: BrokerHeartbeat.name, offlineLogDirs: [B] }])
    lifecycle.directoryFailed(B)
    await runtime.clock.advance(20_000)
    expect(sent.length).toBeLessThan(25)
    expect(sent.at(-1)).toMatchObject({ offlineLogDirs: [B] })
    expect(fatal).toEqual([])
  })

  it('ends the node when no controller hears of it in time', async () => {
    isReachable = false
    lifecycle.directoryFailed(B)
    await runtime.clock.advance(4999)
    expect(fatal).toEqual([])
    await runtime.clock.advance(1)
    expect(fatal).toEqual([`No controller could be told that log directory ${B} has failed`])
  })

  it('ends no node whose controller heard of it just in time, or that stops', async () => {
    isReachable = false
    lifecycle.directoryFailed(B)
    await runtime.clock.advance(2000)
    isReachable = true
    await runtime.clock.advance(2900)
    expect(sent.at(-1)).toMatchObject({ offlineLogDirs: [B] })
    isReachable = false
    lifecycle.directoryFailed(A)
    lifecycle.close()
    await runtime.clock.advance(60_000)
    expect(fatal).toEqual([])
  })

  it('is not among those with which the broker registers once more', async () => {
    online = [A]
    lifecycle.directoryFailed(B)
    lifecycle.registerAnew()
    await runtime.clock.advance(2000)
    expect(sent.find(({ api }) => api === BrokerRegistration.name)).toMatchObject({ logDirs: [A] })
    expect(sent.at(-1)).toMatchObject({ offlineLogDirs: [B] })
  })
})

it('a directory that is cordoned is told of at once', async () => {
  await runtime.clock.advance(1000)
  expect(sent.at(-1)).toMatchObject({ cordonedLogDirs: null })
  sent = []
  cordoned = [A]
  lifecycle.cordonedChanged()
  await runtime.clock.advance(1)
  expect(sent).toMatchObject([{ cordonedLogDirs: [A] }])
})

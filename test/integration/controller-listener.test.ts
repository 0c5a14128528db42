import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin } from '../../src/index.ts'
import {
  AllocateProducerIds,
  AlterPartition,
  ApiVersions,
  AssignReplicasToDirs,
  BrokerHeartbeat,
  BrokerRegistration,
  CreateTopics,
  Envelope,
  Fetch,
  FetchSnapshot,
} from '../../src/protocol/apis/index.ts'
import { Errors, KafkaError } from '../../src/protocol/errors.ts'
import { batchPositions, lastOffset } from '../../src/protocol/records/batch.ts'
import { type Api, Reader, type RequestInput, Writer } from '../../src/protocol/schema/index.ts'
import { freePort } from '../support/free-ports.ts'
import { encodeRequest, RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** What brokers ask of our controller, byte by byte: the metadata log, its snapshots, and requests in the name of clients. */
const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const authorizer = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' }

let node: TestServer
let admin: Admin
let controller: RawClient

async function start(properties: Record<string, string>): Promise<[TestServer, RawClient]> {
  const port = await freePort()
  const server = await startTestServer({
    listeners: `PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    ...properties,
  })
  return [server, await RawClient.connect(port)]
}

beforeAll(async () => {
  ;[node, controller] = await start({
    ...authorizer,
    'super.users': 'User:ANONYMOUS',
    'metadata.log.max.record.bytes.between.snapshots': '20000',
    'metadata.max.retention.bytes': '0',
  })
  admin = new Admin({ 'bootstrap.servers': node.bootstrap })
})
afterAll(async () => {
  controller.destroy()
  await admin.close()
  await node.close()
})

const nameOf = (code: number | undefined) => new KafkaError(code ?? -1).error

async function fetch(over: object = {}, request: object = {}, client = controller) {
  const partition = { partition: 0, currentLeaderEpoch: 1, fetchOffset: 0, lastFetchedEpoch: 0, partitionMaxBytes: 0 }
  const answer = await client.call(Fetch, 18, {
    ...{ replicaState: { replicaId: 7, replicaEpoch: -1 }, maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000 },
    topics: [{ topicId: METADATA_TOPIC_ID, partitions: [{ ...partition, ...over }] }],
    forgottenTopicsData: [],
    ...request,
  } as RequestInput<typeof Fetch>)
  const found = answer?.responses[0]?.partitions[0]
  return { answer, found, error: nameOf(answer?.errorCode || found?.errorCode) }
}

/** Offset behind the last record. */
function endOf(records: unknown): number {
  const bytes = records as Buffer
  let end = -1
  for (const at of batchPositions(bytes)) end = lastOffset(bytes, at) + 1
  return end
}

describe('the metadata log at the controller', () => {
  it('is offered with all that brokers need', async () => {
    const keys = (await controller.call(ApiVersions, 0, {}))?.apiKeys.map(({ apiKey }) => apiKey)
    expect(keys).toEqual(expect.arrayContaining([1, 18, 55, 56, 58, 59, 62, 63, 67, 73]))
  })

  it('is read from its beginning, by whole batches, with the leader and its address', async () => {
    const { answer, found, error } = await fetch()
    expect(error).toBe('NONE')
    expect(found?.currentLeader).toEqual({ leaderId: 1, leaderEpoch: 1 })
    expect(answer?.nodeEndpoints).toEqual([expect.objectContaining({ nodeId: 1, host: '127.0.0.1' })])
    expect(endOf(found?.records)).toBe(found?.highWatermark)
  })

  it('waits for what is new, and tells of a watermark that the reader does not know', async () => {
    const end = (await fetch()).found?.highWatermark as number
    const place = { fetchOffset: end, lastFetchedEpoch: 1 }
    const told = await fetch({ ...place, highWatermark: end - 1 }, { maxWaitMs: 60_000 })
    expect(told.found).toMatchObject({ highWatermark: end, errorCode: 0 })
    const waiting = fetch({ ...place, highWatermark: end }, { maxWaitMs: 60_000 })
    await admin.createTopics([{ name: 'news', partitions: 1 }])
    const { found } = await waiting
    expect(endOf(found?.records)).toBeGreaterThan(end)
  })

  it.each<[string, object, object, string]>([
    ['an older epoch', { currentLeaderEpoch: 0 }, {}, 'FENCED_LEADER_EPOCH'],
    ['a newer epoch', { currentLeaderEpoch: 2 }, {}, 'UNKNOWN_LEADER_EPOCH'],
    ['no epoch of its last record', { lastFetchedEpoch: -1 }, {}, 'INVALID_REQUEST'],
    ['another cluster', {}, { clusterId: 'x' }, 'INCONSISTENT_CLUSTER_ID'],
    ['another partition', { partition: 1 }, {}, 'INVALID_REQUEST'],
    ['no topic', {}, { topics: [] }, 'INVALID_REQUEST'],
  ])('is not given to a reader with %s', async (_, over, request, expected) => {
    const { error, found } = await fetch(over, request)
    expect(error).toBe(expected)
    if (found) expect(found.currentLeader).toEqual({ leaderId: 1, leaderEpoch: 1 })
  })

  it('says where the reader parts from it', async () => {
    const end = (await fetch()).found?.highWatermark as number
    const { found } = await fetch({ fetchOffset: end + 5, lastFetchedEpoch: 1 })
    expect(found).toMatchObject({ divergingEpoch: { epoch: 1, endOffset: end }, records: { length: 0 } })
  })

  it('knows its readers', async () => {
    const quorum = await admin.describeMetadataQuorum()
    expect(quorum.observers).toEqual([expect.objectContaining({ replicaId: 7 })])
  })
})

describe('snapshots', () => {
  const piece = async (over: object, request: object = {}) => {
    const partition = { partition: 0, currentLeaderEpoch: 1, snapshotId: { endOffset: 1, epoch: 1 }, position: 0 }
    const answer = await controller.call(FetchSnapshot, 1, {
      topics: [{ name: '__cluster_metadata', partitions: [{ ...partition, ...over }] }],
      ...request,
    } as RequestInput<typeof FetchSnapshot>)
    const found = answer?.topics[0]?.partitions[0]
    return { found, error: nameOf(answer?.errorCode || found?.errorCode) }
  }

  it('stand for the beginning of the log, and are given piece by piece', async () => {
    const folder = join(node.dir, 'logs', '__cluster_metadata-0')
    const written = () => readdirSync(folder).filter((name) => name.endsWith('.checkpoint'))
    const snapshotNow = async () => (await fetch()).found?.snapshotId
    // The log before a snapshot goes with the next one.
    for (let n = 0; ((await snapshotNow())?.endOffset ?? -1) < 0; n++)
      await admin.createTopics([{ name: `filler-${n}`, partitions: 20 }])
    const snapshotId = await snapshotNow()
    const [name = ''] = written()
    expect(Number(name.slice(0, 20))).toBe(snapshotId?.endOffset)
    const bytes = readFileSync(join(folder, name))
    const pieces: Buffer[] = []
    for (let position = 0; position < bytes.length; position += 999) {
      const { found, error } = await piece({ snapshotId, position }, { maxBytes: 999 })
      expect([error, found?.size, found?.position]).toEqual(['NONE', bytes.length, position])
      pieces.push(Buffer.from(found?.unalignedRecords as Buffer))
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
    expect((await piece({ snapshotId, position: bytes.length })).error).toBe('POSITION_OUT_OF_RANGE')
    expect((await piece({ snapshotId, position: -1 })).error).toBe('POSITION_OUT_OF_RANGE')
    const from = await fetch({ fetchOffset: snapshotId?.endOffset, lastFetchedEpoch: 1 })
    expect([from.error, from.found?.snapshotId.endOffset]).toEqual(['NONE', -1])
  })

  it.each<[string, object, object, string]>([
    ['that are not there', {}, {}, 'SNAPSHOT_NOT_FOUND'],
    ['of another epoch', { currentLeaderEpoch: 0 }, {}, 'FENCED_LEADER_EPOCH'],
    ['of another partition', { partition: 1 }, {}, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['of another cluster', {}, { clusterId: 'x' }, 'INCONSISTENT_CLUSTER_ID'],
  ])('%s are not given', async (_, over, request, error) => {
    expect((await piece(over, request)).error).toBe(error)
  })
})

function principal(name: string): Buffer {
  const writer = new Writer(32)
  writer.int16(0)
  writer.utf8('User', true)
  writer.utf8(name, true)
  writer.int8(0)
  writer.unsignedVarint(0)
  return writer.concat()
}

describe('an envelope', () => {
  const send = (name: string, over: Partial<RequestInput<typeof Envelope>> = {}, topic = `of-${name}`) =>
    controller.call(Envelope, 0, {
      requestData: encodeRequest(CreateTopics, 7, 99, {
        ...{ timeoutMs: 1000, validateOnly: false },
        topics: [{ name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      }).subarray(4),
      requestPrincipal: principal(name),
      clientHostAddress: Buffer.from([10, 0, 0, 1]),
      ...over,
    })
  const inner = (data: Buffer | null | undefined) => {
    const reader = new Reader(data as Buffer)
    expect(reader.int32()).toBe(99)
    reader.unsignedVarint()
    return CreateTopics.responseCodec(7).decode(reader).topics[0]
  }

  it('is answered as if the client had come itself, with what it may do', async () => {
    const made = await send('ANONYMOUS')
    expect([made?.errorCode, inner(made?.responseData)?.errorCode]).toEqual([0, 0])
    const refused = await send('alice')
    expect([refused?.errorCode, nameOf(inner(refused?.responseData)?.errorCode)]).toEqual([
      0,
      'TOPIC_AUTHORIZATION_FAILED',
    ])
  })

  it.each<[string, Partial<RequestInput<typeof Envelope>>, string]>([
    [
      'a request that is not for the controller',
      { requestData: Buffer.from([0, 1, 0, 18, 0, 0, 0, 1]) },
      'INVALID_REQUEST',
    ],
    ['an envelope', { requestData: Buffer.from([0, 58, 0, 0, 0, 0, 0, 1]) }, 'INVALID_REQUEST'],
    ['nothing', { requestData: Buffer.alloc(0) }, 'INVALID_REQUEST'],
    ['a version of the future', { requestData: Buffer.from([0, 19, 0, 99, 0, 0, 0, 1]) }, 'UNSUPPORTED_VERSION'],
    ['no user', { requestPrincipal: null }, 'PRINCIPAL_DESERIALIZATION_FAILURE'],
    ['half a user', { requestPrincipal: Buffer.from([0, 0, 5, 65]) }, 'PRINCIPAL_DESERIALIZATION_FAILURE'],
    ['no address', { clientHostAddress: Buffer.alloc(3) }, 'INVALID_REQUEST'],
  ])('with %s is refused', async (_, over, error) => {
    expect(nameOf((await send('ANONYMOUS', over))?.errorCode)).toBe(error)
  })
})

it('lets nobody act as a broker who may not', async () => {
  const [strict, stranger] = await start({ ...authorizer, 'super.users': 'User:root' })
  const ids = { brokerId: 2, brokerEpoch: 0 }
  const asked: [Api, number, object][] = [
    [FetchSnapshot, 1, { topics: [] }],
    [AlterPartition, 3, { ...ids, topics: [] }],
    [Envelope, 0, { requestData: Buffer.alloc(8), requestPrincipal: null, clientHostAddress: Buffer.alloc(4) }],
    [
      BrokerRegistration,
      4,
      {
        brokerId: 2,
        clusterId: '',
        incarnationId: METADATA_TOPIC_ID,
        listeners: [],
        features: [],
        rack: null,
        isMigratingZkBroker: false,
        logDirs: [],
      },
    ],
    [BrokerHeartbeat, 1, { ...ids, currentMetadataOffset: 0, wantFence: false, wantShutDown: false }],
    [AllocateProducerIds, 0, ids],
    [AssignReplicasToDirs, 0, { ...ids, directories: [] }],
  ]
  const codes = [(await fetch({}, {}, stranger)).answer?.errorCode]
  for (const [api, version, request] of asked) {
    const answer = await stranger.call(api, version, request as RequestInput<Api>)
    codes.push((answer as { errorCode?: number } | undefined)?.errorCode)
  }
  expect(codes).toEqual(Array(8).fill(Errors.CLUSTER_AUTHORIZATION_FAILED))
  stranger.destroy()
  await strict.close()
})

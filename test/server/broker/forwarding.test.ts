import { describe, expect, it } from 'vitest'
import type { VersionRange } from '../../../src/client/node.ts'
import type { Peer } from '../../../src/network/frame-handler.ts'
import { userPrincipal } from '../../../src/network/principal.ts'
import {
  CreateTopics,
  DescribeQuorum,
  type Envelope,
  IncrementalAlterConfigs,
} from '../../../src/protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../src/protocol/errors.ts'
import { Reader, type RequestOf, type ResponseInput, Writer } from '../../../src/protocol/schema/index.ts'
import { everything } from '../../../src/server/broker/access/access.ts'
import { forwarding } from '../../../src/server/broker/forwarding.ts'
import type { RequestContext } from '../../../src/server/broker/router.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'

type Reply = (request: RequestOf<typeof Envelope>) => ResponseInput<typeof Envelope>

/** Handlers of a broker whose controller gives these answers. */
function broker(reply: Reply, ranges?: ReadonlyMap<number, VersionRange>) {
  const muted: number[] = []
  const channel = { ranges, send: async (_: string, __: unknown, request: never) => reply(request) }
  const services = { image: emptyImage, config: { nodeId: 1 }, certificates: { check: async () => {} }, log: () => {} }
  const handlers = forwarding(services as never, channel as never)
  const peer = {
    principal: userPrincipal('alice'),
    remoteAddress: '10.0.0.7',
    mute: (ms: number) => muted.push(ms),
  } as unknown as Peer
  const of = ({ key }: { key: number }) => handlers.find(({ api }) => api.key === key)
  const ask = async (api: { key: number }, version: number, request: object) => {
    const context = { version, clientId: 'c', peer, access: everything } as RequestContext
    return of(api)?.handle(request as never, context)
  }
  return { ask, of, muted }
}

const answerOf = (response: ResponseInput<typeof CreateTopics>, version: number): Buffer => {
  const writer = new Writer(64)
  writer.int32(0)
  writer.unsignedVarint(0)
  CreateTopics.responseCodec(version).encode(writer, response)
  return writer.concat()
}

const creation = {
  topics: [{ name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  timeoutMs: 1000,
  validateOnly: false,
}

describe('a request that the controller decides', () => {
  it('goes there as the client sent it, with who that is and from where', async () => {
    const seen: RequestOf<typeof Envelope>[] = []
    const { ask, muted } = broker((request) => {
      seen.push(request)
      const topics = [{ name: 't', errorCode: 0, errorMessage: null, numPartitions: 1, replicationFactor: 1 }]
      return { errorCode: 0, responseData: answerOf({ throttleTimeMs: 30, topics }, 7) }
    })
    const answer = await ask(CreateTopics, 7, creation)
    expect(answer).toMatchObject({ throttleTimeMs: 30, topics: [{ name: 't', errorCode: 0 }] })
    expect(muted).toEqual([30])
    const [{ requestData, requestPrincipal, clientHostAddress }] = seen as [RequestOf<typeof Envelope>]
    expect(clientHostAddress.join('.')).toBe('10.0.0.7')
    // Version, then two short texts, a flag and no tagged fields.
    expect(requestPrincipal?.toString('latin1')).toBe('\0\0\x05User\x06alice\0\0')
    const reader = new Reader(requestData)
    expect([reader.int16(), reader.int16(), reader.int32(), reader.int16(), reader.utf8(1)]).toEqual([19, 7, 0, 1, 'c'])
    expect(reader.unsignedVarint()).toBe(0)
    expect(CreateTopics.requestCodec(7).decode(reader)).toMatchObject(creation)
  })

  it('is answered in its rows when it did not get there', async () => {
    const { ask } = broker(() => {
      throw new KafkaError('REQUEST_TIMED_OUT', 'nobody leads')
    })
    const fault = { errorCode: Errors.REQUEST_TIMED_OUT, errorMessage: 'nobody leads' }
    expect(await ask(CreateTopics, 7, creation)).toEqual({ topics: [{ name: 't', ...fault }] })
    const resources = [{ resourceType: 2, resourceName: 't', configs: [] }]
    expect(await ask(IncrementalAlterConfigs, 1, { resources, validateOnly: false })).toMatchObject({
      responses: [{ resourceType: 2, resourceName: 't', ...fault }],
    })
    // Where the whole answer has an error, the router puts it there.
    await expect(ask(DescribeQuorum, 2, { topics: [] })).rejects.toThrow('nobody leads')
  })

  it('fails as the broker itself has, when that may not speak for others', async () => {
    const { ask } = broker(() => ({ errorCode: Errors.CLUSTER_AUTHORIZATION_FAILED, responseData: null }))
    await expect(ask(DescribeQuorum, 2, { topics: [] })).rejects.toMatchObject({ code: Errors.UNKNOWN_SERVER_ERROR })
  })

  it('is offered in the versions of the controller', () => {
    const { of } = broker(
      () => ({ errorCode: 0, responseData: null }),
      new Map([[CreateTopics.key, { min: 5, max: 6 }]]),
    )
    expect(of(CreateTopics)?.offered?.()).toEqual({ min: 5, max: 6 })
    expect(of(DescribeQuorum)?.offered?.()).toBeUndefined()
  })
})

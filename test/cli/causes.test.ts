import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import * as metadataQuorum from '../../src/cli/classic/metadata-quorum.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'
import { type Peer, startPeer, strangePeers } from '../support/strange-peers.ts'
import { runClassic } from '../support/test-console.ts'
import { exchange } from '../support/zookeeper.ts'

/** Nothing hangs, and what is said at the end names the cause, whoever listens at the address. */
const folder = mkdtempSync(join(tmpdir(), 'causes-test-'))
const short = join(folder, 'client.properties')
writeFileSync(short, 'default.api.timeout.ms=400\n')
const peers: Peer[] = []
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function addressOf(kind: keyof typeof strangePeers): Promise<string> {
  const peer = await startPeer(strangePeers[kind])
  peers.push(peer)
  return peer.address
}

/** What is said for each of them; AT stands for the address. */
const sentences: Record<Exclude<keyof typeof strangePeers, 'silent'>, RegExp> = {
  tls: /^What listens at AT speaks TLS, and was spoken to in plain text: set security\.protocol=SSL /,
  http: /^What listens at AT is a web server, no Kafka broker: name the port of one of the broker's listeners\.$/,
  closing:
    /^AT closed the connection before it answered: it may be a TLS port \(security\.protocol=SSL\), .* Name a PLAINTEXT listener/,
  login:
    /^AT told its versions and closed the connection at the first request, .*\(SASL\): set security\.protocol to SASL_PLAINTEXT or/,
  loginCode: /^AT wants a login \(SASL\): set security\.protocol to SASL_PLAINTEXT or/,
  controller:
    /^AT is the listener of a controller, not of a broker \(it does not offer METADATA\): name a broker's port/,
  ancient: /^AT speaks no version of Kafka's protocol that is known here \(UNSUPPORTED_VERSION for ApiVersions\)/,
}
const built = isBuilt()
const kinds = Object.keys(sentences) as (keyof typeof sentences)[]

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) as string
const timedOut = (call: string) => `Timed out waiting for a node assignment. Call: ${call}\n`

describe("in Apache's spelling, after Apache's own words", () => {
  const list = (address: string) =>
    runClassic(topics, ['--bootstrap-server', address, '--list', '--command-config', short])

  it.each(kinds)('%s', async (kind) => {
    const address = await addressOf(kind)
    const { code, out, err } = await list(address)
    expect(code).toBe(1)
    const said = kind === 'controller' ? 'The node does not support METADATA\n' : timedOut('listTopics')
    expect(out).toBe(`Error while executing topic command : ${said}`)
    expect(err).toMatch(/^\[.*\] WARN /)
    expect(lastLine(err).replaceAll(address, 'AT')).toMatch(sentences[kind])
  })

  it('a port where nobody listens', async () => {
    const { out, err } = await list('127.0.0.1:1')
    expect(out).toBe(`Error while executing topic command : ${timedOut('listTopics')}`)
    expect(lastLine(err)).toBe(
      'Connection to 127.0.0.1:1 was refused: no broker listens there. Name a broker that runs with --bootstrap-server, or start one with `kafka server-start`.',
    )
  })

  it('a name that nobody knows', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
    const runtime = { ...nodeRuntime, network: { ...nodeRuntime.network, connect: unknown } }
    const sentence =
      'The host name of nowhere:1 cannot be resolved (ENOTFOUND). Name a broker by a host name that this machine knows with --bootstrap-server.'
    const args = ['--bootstrap-server', 'nowhere:1']
    const listed = await runClassic(topics, [...args, '--list', '--command-config', short], { runtime })
    expect(lastLine(listed.err)).toBe(sentence)
    const consumed = await runClassic(consoleConsumer, [...args, '--topic', 't'], { runtime })
    expect(consumed.code).toBe(1)
    expect(lastLine(consumed.err)).toBe(sentence)
  })

  it('in other tools too', async () => {
    const address = await addressOf('login')
    const listed = await runClassic(consumerGroups, ['--bootstrap-server', address, '--list', '--timeout', '400'])
    expect(listed.out).toContain(timedOut('listGroups'))
    expect(lastLine(listed.err).replaceAll(address, 'AT')).toMatch(sentences.login)
    const quorum = ['--bootstrap-server', address, '--command-config', short, 'describe', '--status']
    expect(lastLine((await runClassic(metadataQuorum, quorum)).err).replaceAll(address, 'AT')).toMatch(sentences.login)
  })
})

describe('an advertised listener that cannot be reached', () => {
  const sentence =
    'Broker 1 tells clients to come to its advertised listener 127.0.0.1:1, where the connection is refused: set advertised.listeners in its server.properties to an address that this machine can reach.'
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' })
  })
  afterAll(() => server.close())

  it("is named in Apache's spelling", async () => {
    const args = ['--bootstrap-server', server.bootstrap, '--create', '--topic', 't', '--command-config', short]
    const { out, err } = await runClassic(topics, args)
    expect(out).toBe(`Error while executing topic command : ${timedOut('createTopics')}`)
    expect(lastLine(err)).toBe(sentence)
  })

  it.runIf(built)(
    'is one natively as well, within seconds, and so are all the others',
    { timeout: 60_000 },
    async () => {
      const tries: (readonly [command: string, address: string, last: RegExp])[] = [
        ['topics create t', server.bootstrap, new RegExp(`^${sentence}$`)],
        ['topics list', await addressOf('silent'), /^No broker at AT answered\. Name a broker that runs/],
        ['console-producer t', '127.0.0.1:1', /^Connection to AT was refused: no broker listens there\. Name a broker/],
        ['console-consumer t', await addressOf('login'), sentences.login],
        ['producer-perf-test t --num-records 1', await addressOf('closing'), sentences.closing],
      ]
      for (const kind of kinds) tries.push(['topics list', await addressOf(kind), sentences[kind]])
      await Promise.all(
        tries.map(async ([command, address, last]) => {
          const { code, out, err } = await runBuilt(address, command, 'a line\n')
          expect({ command, address, code, out }).toEqual({ command, address, code: 1, out: '' })
          expect(lastLine(err).replaceAll(address, 'AT')).toMatch(last)
        }),
      )
    },
  )
})

describe('a broker', () => {
  it.skipIf(atApache)('tells, once, of clients that speak TLS or HTTP to it', async () => {
    const server = await startTestServer()
    for (const bytes of [
      Buffer.from('16030100050100000000', 'hex'),
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ])
      expect(await exchange(server.port, bytes)).toHaveLength(0)
    const told = server.lines.filter((line) => line.includes('A client at'))
    expect(told).toEqual([
      `A client at 127.0.0.1 speaks TLS to the listener PLAINTEXT on port ${server.port}, which takes Kafka's protocol in plain text: its connections are closed`,
      `A client at 127.0.0.1 speaks HTTP to the listener PLAINTEXT on port ${server.port}, which takes Kafka's protocol in plain text: its connections are closed`,
    ])
    await server.close()
  })

  it.skipIf(atApache)('does not start on a port that is taken, and says so', async () => {
    const server = await startTestServer()
    await expect(startTestServer({}, { port: server.port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${server.port}: another program listens there (a node that runs already?).`,
    )
    await server.close()
  })
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import type { FrameHandler, Peer } from '../../src/network/frame-handler.ts'
import { FrameListener } from '../../src/network/listener.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Certificates } from '../support/secure-broker.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Listeners with TLS, seen from a client's side; Apache's tools are at them in security-listeners.compat.test.ts. */
const root = mkdtempSync(join(tmpdir(), 'tls-listener-'))
let certificates: Certificates
let node: TestServer
let port = 0

beforeAll(async () => {
  certificates = new Certificates(join(root, 'certificates'))
  certificates.make('broker', 'DNS:localhost,IP:127.0.0.1')
  certificates.make('client', 'DNS:client')
  certificates.makePkcs12('broker', 'p12-secret')
  node = await startTestServer({
    listeners: 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0',
    'ssl.keystore.location': certificates.file('broker.p12'),
    'ssl.keystore.password': 'p12-secret',
    'ssl.truststore.location': certificates.file('ca.pem'),
  })
  port = node.server.listeners[1]?.port ?? 0
})
afterAll(async () => {
  await node?.close()
  rmSync(root, { recursive: true, force: true })
})

const settings = () => ({
  'bootstrap.servers': `127.0.0.1:${port}`,
  'security.protocol': 'SSL',
  'ssl.truststore.location': certificates.file('ca.pem'),
})

/** Whether the listener still serves. */
async function serves(): Promise<boolean> {
  const admin = new Admin(settings(), nodeRuntime)
  await admin.listTopics()
  await admin.close()
  return true
}

it('takes and gives back records of all sizes', { timeout: 30_000 }, async () => {
  const producer = new Producer({ ...settings(), 'max.request.size': 8 << 20 }, nodeRuntime)
  const values = [1, 100, 16_383, 16_384, 16_385, 70_000, 900_000].map((size, at) => Buffer.alloc(size, 65 + at))
  await Promise.all(values.map((value) => producer.send({ topic: 'sizes', value })))
  await producer.close()
  const consumer = new Consumer({ ...settings(), 'auto.offset.reset': 'earliest', 'group.id': 'g' }, nodeRuntime)
  consumer.subscribe(['sizes'])
  const sizes: number[] = []
  while (sizes.length < values.length)
    for (const { value } of await consumer.poll(1000)) {
      expect(value?.every((byte) => byte === value[0])).toBe(true)
      sizes.push(value?.length ?? -1)
    }
  await consumer.close()
  expect(sizes.sort((a, b) => a - b)).toEqual(values.map(({ length }) => length))
})

it('speaks with the cipher that a client names', async () => {
  const named = (suites: string) => ({ ...settings(), 'ssl.cipher.suites': suites, 'ssl.enabled.protocols': 'TLSv1.2' })
  const admin = new Admin(named('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'), nodeRuntime)
  expect(await admin.listTopics()).toBeDefined()
  await admin.close()
  const other = new Admin(named('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'), nodeRuntime)
  await expect(other.listTopics()).rejects.toThrow(/agree on no version of TLS or cipher/)
  await other.close()
  const strange = new Admin(named('TLS_NO_SUCH'), nodeRuntime)
  await expect(strange.listTopics()).rejects.toThrow(/no cipher TLS_NO_SUCH/)
  await strange.close()
  await expect.poll(() => node.lines.at(-1)).toMatch(/shares no version or cipher of TLS with the listener SSL/)
})

describe('what is no TLS', () => {
  const said = async (bytes: string | Buffer): Promise<void> => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
  }

  it('has its connection closed, is told of once, and disturbs nobody', async () => {
    const before = node.lines.length
    for (let times = 0; times < 3; times++) {
      await said('GET / HTTP/1.1\r\n\r\n')
      await said(Buffer.from('0000000a00120003000000010000', 'hex'))
      await said(Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7) & 0xff)))
    }
    expect(await serves()).toBe(true)
    expect(node.lines.slice(before)).toEqual([
      `A client at 127.0.0.1 speaks HTTP without TLS to the listener SSL on port ${port}: its connections are closed`,
      `A client at 127.0.0.1 does not speak TLS to the listener SSL on port ${port}: its connections are closed`,
    ])
  })

  it('costs no memory, however many try', { timeout: 30_000 }, async () => {
    const memory = () => {
      global.gc?.()
      return process.memoryUsage().rss
    }
    const before = memory()
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, () => said(Buffer.alloc(4000, 'x'))))
    expect(memory() - before).toBeLessThan(60 << 20)
    expect(await serves()).toBe(true)
  })
})

describe('one listener', () => {
  /** A listener of its own, which says who came and what went wrong. */
  async function listening(clientCertificate: 'none' | 'requested' | 'required', handshakeMs = 5000) {
    const lines: string[] = []
    const peers: Peer[] = []
    const handler: FrameHandler = {
      overlaps: () => false,
      handle: (frame, peer) => {
        peers.push(peer)
        return { encode: () => [Buffer.from([0, 0, 0, frame.length]), frame] }
      },
    }
    const [key, chain, ca] = ['broker.key', 'broker.pem', 'ca.pem'].map((name) =>
      readFileSync(certificates.file(name), 'utf8'),
    ) as [string, string, string]
    const listener = new FrameListener(
      {
        name: 'L',
        host: '127.0.0.1',
        port: 0,
        maxFrameBytes: 1000,
        maxIdleMs: 60_000,
        handler,
        tls: {
          trusted: ca,
          own: { key, certificates: chain },
          password: undefined,
          versions: { min: 'TLSv1.2', max: 'TLSv1.3' },
          ciphers: [],
          clientCertificate,
          handshakeMs,
        },
        principalOf: (certificate) => ({ type: 'User', name: `${certificate.length > 0}`, byToken: false }),
        log: (line) => lines.push(line),
      },
      nodeRuntime.network,
      nodeRuntime.clock,
    )
    await listener.bind()
    return { listener, lines, peers }
  }

  /** What comes back for one frame; undefined when the connection was closed. */
  function asked(port: number, options: tls.ConnectionOptions): Promise<string | undefined> {
    return new Promise((resolve) => {
      const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
      socket.on('error', () => {})
      socket.on('close', () => resolve(undefined))
      socket.on('data', (bytes) => {
        resolve(bytes.toString('latin1'))
        socket.destroy()
      })
      socket.write(Buffer.from([0, 0, 0, 2, 104, 105]))
    })
  }
  const shown = (name: string) => ({
    key: readFileSync(certificates.file(`${name}.key`)),
    cert: readFileSync(certificates.file(`${name}.pem`)),
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('asks for certificates, and looks at them, in %s', async (maxVersion) => {
    certificates.make('expired', 'DNS:client', '-days', '0')
    const stranger = new Certificates(join(root, `stranger-${maxVersion}`))
    stranger.make('client', 'DNS:client')
    const unknown = { key: readFileSync(stranger.file('client.key')), cert: readFileSync(stranger.file('client.pem')) }
    for (const mode of ['requested', 'required'] as const) {
      const { listener, lines, peers } = await listening(mode)
      const answers = [{}, shown('client'), shown('expired'), unknown].map((own) =>
        asked(listener.port, { maxVersion, ...own }),
      )
      expect(await Promise.all(answers)).toEqual([
        mode === 'required' ? undefined : '\0\0\0\x02hi',
        '\0\0\0\x02hi',
        undefined,
        undefined,
      ])
      expect(peers.map(({ principal }) => principal.name).sort()).toEqual(
        mode === 'required' ? ['true'] : ['ANONYMOUS', 'true'],
      )
      await expect.poll(() => lines.length).toBe(mode === 'required' ? 3 : 2)
      expect(lines.join('\n')).toMatch(/has expired to the listener L/)
      expect(lines.join('\n')).toMatch(/is signed by nobody in ssl\.truststore to/)
      await listener.stopAccepting().catch(() => {})
      listener.close()
    }
  })

  it('ends a handshake that does not end', async () => {
    const { listener, lines } = await listening('none', 200)
    const slow = net.connect(listener.port, '127.0.0.1').resume()
    slow.on('error', () => {})
    // The beginning of a greeting of 512 bytes, one by one.
    const greeting = Buffer.alloc(600)
    greeting.write('1603010200010001fc0303', 'hex')
    let sent = 0
    const trickle = setInterval(() => slow.write(greeting.subarray(sent, ++sent)), 20)
    await new Promise((resolve) => slow.once('close', resolve))
    clearInterval(trickle)
    expect(sent).toBeLessThan(100)
    await expect.poll(() => listener.connectionCount).toBe(0)
    expect(lines).toEqual([
      `A client at 127.0.0.1 began a TLS handshake and did not end it with the listener L on port ${listener.port}: its connections are closed`,
    ])
    listener.close()
    await listener.stopAccepting()
  })

  it('forgets a client that goes away in its handshake', async () => {
    const { listener, lines } = await listening('none')
    const silent = net.connect(listener.port, '127.0.0.1')
    await expect.poll(() => listener.connectionCount).toBe(1)
    silent.destroy()
    await expect.poll(() => listener.connectionCount).toBe(0)
    expect(lines).toEqual([])
    listener.close()
    await listener.stopAccepting()
  })
})

it.each([
  [
    { 'ssl.keystore.location': '/nowhere.p12' },
    /^Listener SSL: ssl\.keystore\.location: there is no file \/nowhere\.p12\.$/,
  ],
  [
    { 'ssl.keystore.password': 'wrong' },
    /^Listener SSL: its certificates and keys cannot be used \(mac verify failure\): check/,
  ],
  [{ 'ssl.cipher.suites': 'TLS_NO_SUCH' }, /^Listener SSL: .*no cipher TLS_NO_SUCH/],
  [
    { 'ssl.principal.mapping.rules': 'RULE:x' },
    /^Invalid value RULE:x for configuration ssl\.principal\.mapping\.rules/,
  ],
])('does not start with %o', async (properties, sentence) => {
  const all = {
    listeners: 'SSL://127.0.0.1:0',
    'ssl.keystore.location': certificates.file('broker.p12'),
    'ssl.keystore.password': 'p12-secret',
    ...(properties as unknown as Record<string, string>),
  }
  await expect(startTestServer(all, { dir: join(root, 'refused') })).rejects.toThrow(sentence)
})

import { ApiVersions, Metadata, Produce, SaslAuthenticate, SaslHandshake } from '../../src/protocol/apis/index.ts'
import type { Api, RequestInput } from '../../src/protocol/schema/index.ts'
import type { RawClient } from './raw-client.ts'

/** What clients say at a listener with logins, in order and out of it, for two brokers to be compared. */

/** One connection, and what came of each thing said on it. */
export class Talk {
  readonly heard: unknown[] = []
  constructor(private readonly client: RawClient) {}

  async ask<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<void> {
    const begun = performance.now()
    const answer = (await this.client.call(api, version, request)) as Record<string, unknown> | undefined
    const late = performance.now() - begun > 250 ? ' late' : ''
    this.heard.push(`${api.name}${late}: ${answer === undefined ? 'closed' : JSON.stringify(shown(answer))}`)
  }

  async closes(): Promise<void> {
    this.heard.push((await this.client.frame()) === undefined ? 'closed' : 'more')
  }

  /** A message without a request around it. */
  async bare(bytes: Buffer): Promise<void> {
    const size = Buffer.alloc(4)
    size.writeInt32BE(bytes.length)
    this.client.write(Buffer.concat([size, bytes]))
    const frame = await this.client.frame()
    this.heard.push(frame === undefined ? 'closed' : `bare: ${frame.toString('latin1').slice(0, 5)}`)
  }
}

/** What of an answer must be the same: a set has no order, and a nonce no second time. */
function shown(answer: Record<string, unknown>): unknown {
  const { errorCode, errorMessage, mechanisms, authBytes, sessionLifetimeMs } = answer
  return {
    errorCode,
    errorMessage,
    mechanisms: Array.isArray(mechanisms) ? [...mechanisms].sort() : undefined,
    authBytes: Buffer.isBuffer(authBytes) ? authBytes.toString('latin1').replace(/=.*/s, '=') : undefined,
    sessionLifetimeMs,
  }
}

export const password = (text: string): { authBytes: Buffer } => ({ authBytes: Buffer.from(text) })
export const ALICE = '\0alice\0alice-secret'
const metadata = { topics: null }

/** Users are alice (PLAIN) and carol (SCRAM). */
export const loginTalks: [string, (talk: Talk) => Promise<void>][] = [
  [
    'a login by PLAIN',
    async (talk) => {
      await talk.ask(ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
      await talk.ask(Metadata, 12, metadata)
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
    },
  ],
  [
    'a login by PLAIN that begins with the handshake, and version 0 of the message',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 0, password('alice\0alice\0alice-secret'))
      await talk.ask(Metadata, 12, metadata)
    },
  ],
  ...(
    [
      ['a wrong password', '\0alice\0wrong'],
      ['a user who is not there', '\0eve\0wrong'],
      ['no user', '\0\0wrong'],
      ['no password', '\0alice\0'],
      ['one token', 'alice'],
      ['four tokens', 'a\0b\0c\0d'],
      ['another user to act as', 'bob\0alice\0alice-secret'],
      ['nothing', ''],
    ] as const
  ).map(([name, text]): [string, (talk: Talk) => Promise<void>] => [
    `PLAIN with ${name}`,
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password(text))
      await talk.closes()
    },
  ]),
  ...(
    [
      ['a first message', 'n,,n=carol,r=abc'],
      ['a user who is not there', 'n,,n=eve,r=abc'],
      ['a user of another name', 'n,a=bob,n=carol,r=abc'],
      ['channel binding', 'y,,n=carol,r=abc'],
      ['no sense', 'hello'],
      ['an extension', 'n,,n=carol,r=abc,x=y'],
      ['a reserved part', 'n,,m=1,n=carol,r=abc'],
    ] as const
  ).map(([name, text]): [string, (talk: Talk) => Promise<void>] => [
    `SCRAM with ${name}`,
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })
      await talk.ask(SaslAuthenticate, 2, password(text))
      if (!String(talk.heard.at(-1)).includes('r=')) await talk.closes()
    },
  ]),
  [
    'SCRAM with a wrong proof',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'SCRAM-SHA-512' })
      await talk.ask(SaslAuthenticate, 2, password('n,,n=carol,r=abc'))
      await talk.ask(SaslAuthenticate, 2, password('c=biws,r=abc,p=AAAA'))
      await talk.closes()
    },
  ],
  [
    'a mechanism that is not enabled',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'GSSAPI' })
      await talk.closes()
    },
  ],
  [
    'a request before the login',
    async (talk) => {
      await talk.ask(Metadata, 12, metadata)
    },
  ],
  [
    'a request after the versions',
    async (talk) => {
      await talk.ask(ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
      await talk.ask(Produce, 9, { acks: 1, timeoutMs: 1000, topicData: [] })
    },
  ],
  [
    'versions of the future, then a login',
    async (talk) => {
      await talk.ask(ApiVersions, 3, { clientSoftwareName: '-', clientSoftwareVersion: '1' })
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
    },
  ],
  [
    'a message without a handshake',
    async (talk) => {
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
    },
  ],
  [
    'a second handshake',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
    },
  ],
  [
    'a request in the middle of a login',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })
      await talk.ask(SaslAuthenticate, 2, password('n,,n=carol,r=abc'))
      await talk.ask(ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
    },
  ],
  [
    'a login by messages without requests, of clients before 1.0',
    async (talk) => {
      await talk.ask(SaslHandshake, 0, { mechanism: 'PLAIN' })
      await talk.bare(Buffer.from(ALICE))
      await talk.ask(Metadata, 12, metadata)
    },
  ],
  [
    'the same with SCRAM',
    async (talk) => {
      await talk.ask(SaslHandshake, 0, { mechanism: 'SCRAM-SHA-256' })
      await talk.bare(Buffer.from('n,,n=carol,r=abc'))
      await talk.bare(Buffer.from('c=biws,r=abc,p=AAAA'))
    },
  ],
  [
    'the same with a wrong password',
    async (talk) => {
      await talk.ask(SaslHandshake, 0, { mechanism: 'PLAIN' })
      await talk.bare(Buffer.from('\0alice\0wrong'))
    },
  ],
  [
    'a login again',
    async (talk) => {
      for (let times = 0; times < 2; times++) {
        await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
        await talk.ask(SaslAuthenticate, 2, password(ALICE))
        await talk.ask(Metadata, 12, metadata)
      }
      // Sooner than a second after the last one.
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
    },
  ],
  [
    'a login again as somebody else',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password('\0bob\0bob-secret'))
      await talk.closes()
    },
  ],
  [
    'a login again with a wrong password',
    async (talk) => {
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password(ALICE))
      await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await talk.ask(SaslAuthenticate, 2, password('\0alice\0wrong'))
      await talk.closes()
    },
  ],
]

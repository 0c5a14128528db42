import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  CreateTopics,
  DescribeGroups,
  FindCoordinator,
  Heartbeat,
  Metadata,
  SaslAuthenticate,
  SaslHandshake,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import type { Api, RequestInput } from '../../src/protocol/schema/index.ts'
import { type ApacheBroker, startBroker } from './apache.ts'
import { RawClient } from './raw-client.ts'
import { startTestServer, type TestServer } from './server.ts'

/** What one of two brokers was asked so far: its connections, and the ids that it made up. */
class Side {
  readonly port: number
  private readonly clients = new Map<string, Promise<RawClient>>()
  private readonly valueOf = new Map<string, string>()
  private readonly aliasOf = new Map<string, string>()

  constructor(
    port: number,
    private readonly hasLogins: boolean,
  ) {
    this.port = port
  }

  client(actor: string): Promise<RawClient> {
    let client = this.clients.get(actor)
    if (!client) this.clients.set(actor, (client = this.open(actor)))
    return client
  }

  /** What follows a slash tells connections of the same user apart. */
  private async open(actor: string): Promise<RawClient> {
    const client = await RawClient.connect(this.port)
    const [user = ''] = actor.split('/')
    return this.hasLogins ? logIn(client, user) : client
  }

  drop(actor: string): void {
    void this.clients.get(actor)?.then((client) => client.destroy())
    this.clients.delete(actor)
  }

  learn(alias: string, value: string, isTopic = false): void {
    if (value === '' || this.aliasOf.has(value)) return
    // Ids of members count on; a topic's name means the last one that had it.
    let name = alias
    if (!isTopic) for (let more = 2; this.valueOf.has(name); more++) name = `${alias}.${more}`
    this.valueOf.set(name, value)
    this.aliasOf.set(value, name)
  }

  /** What the broker calls an alias. */
  valueFor(alias: string): string | undefined {
    return this.valueOf.get(alias)
  }

  forget(alias: string): void {
    this.aliasOf.delete(this.valueOf.get(alias) ?? '')
    this.valueOf.delete(alias)
  }

  /** The request with `$name` replaced by what this broker calls it. */
  own(value: unknown): unknown {
    return walk(value, (text) => (text.startsWith('$') ? (this.valueOf.get(text) ?? text) : text))
  }

  /** The response with this broker's ids replaced by their names. */
  async plain(value: unknown): Promise<unknown> {
    // A leader may hear of a member before that one has read its own answer.
    for (let turn = 0; turn < 100 && this.hasStranger(value); turn++)
      await new Promise((resolve) => setTimeout(resolve, 5))
    return walk(value, (text) => this.aliasOf.get(text) ?? text.replaceAll(String(this.port), 'PORT'))
  }

  private hasStranger(value: unknown): boolean {
    let found = false
    walk(value, (text) => {
      found ||= /-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && !this.aliasOf.has(text)
      return text
    })
    return found
  }

  close(): void {
    for (const actor of [...this.clients.keys()]) this.drop(actor)
  }
}

async function logIn(client: RawClient, user: string): Promise<RawClient> {
  await client.call(SaslHandshake, 1, { mechanism: 'PLAIN' })
  const answer = await client.call(SaslAuthenticate, 2, { authBytes: Buffer.from(`\0${user}\0${user}`) })
  if (answer?.errorCode !== Errors.NONE) throw new Error(`${user} cannot log in`)
  return client
}

/** A listener where these users log in with PLAIN, with their names as passwords, and nobody else is let in. */
function loginProperties(port: number, users: readonly string[]): Record<string, string> {
  const passwords = users.map((user) => `user_${user}="${user}"`).join(' ')
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin"'
  return {
    listeners: `SASL_PLAINTEXT://127.0.0.1:${port}`,
    'advertised.listeners': `SASL_PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'SASL_PLAINTEXT',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${module} ${passwords};`,
  }
}

function walk(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value)
  if (Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return value.map((one) => walk(one, text))
  if (value === null || typeof value !== 'object') return value
  const fields = Object.entries(value).map(([name, one]) => [name, walk(name === 'port' ? `${one}` : one, text)])
  return Object.fromEntries(fields)
}

/** Buffers as text, lists in an order of their own: what a set has no order for must not count. */
function canonical(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return `bytes:${value.toString('latin1')}`
  if (Array.isArray(value)) return value.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, canonical(one)]))
}

// biome-ignore lint/suspicious/noExplicitAny: a response of any API, looked into by its fields' names
export type Plain = any

/** The controller answers before the broker has read of its new topics: waits until that one has them, with their leaders. */
async function hearOf(client: RawClient, made: readonly { name: string }[]): Promise<void> {
  const request = { topics: made.map(({ name }) => ({ name })), allowAutoTopicCreation: false }
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = (await client.call(Metadata, 4, request)) as Plain
    const isThere = (one: Plain): boolean => one.errorCode === 0 && (one.partitions ?? []).every(isThere)
    if (answer.topics.every(isThere)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`the broker does not hear of ${JSON.stringify(made)}`)
}

/** Apache's broker and ours, asked the same things; the answers must be the same, the ids that each makes up aside. */
export class Twin {
  private constructor(
    private readonly work: string,
    private readonly apache: ApacheBroker,
    readonly server: TestServer,
    private readonly theirs: Side,
    private readonly ours: Side,
  ) {}

  static async start(
    port: number,
    properties: Readonly<Record<string, string>>,
    /** What our node has besides, by its port. */
    more: (port: number) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<Twin> {
    return Twin.startBoth(port, { theirs: properties, ours: { ...properties, ...more(port + 2) } })
  }

  /** The same where an actor is a user, who has to log in: one of these, the admin or the observer, who may do everything. */
  static async startWithLogins(
    port: number,
    users: readonly string[],
    properties: Readonly<Record<string, string>>,
  ): Promise<Twin> {
    const all = ['admin', 'observer', ...users]
    const shared = { 'super.users': 'User:admin;User:observer;User:ANONYMOUS', ...properties }
    const theirs = loginProperties(port, all)
    const listeners = `${theirs['listeners']},CONTROLLER://127.0.0.1:${port + 1}`
    const ours = loginProperties(port + 2, all)
    return Twin.startBoth(port, { theirs: { ...shared, ...theirs, listeners }, ours: { ...shared, ...ours } }, true)
  }

  private static async startBoth(
    port: number,
    { theirs, ours }: Readonly<Record<'theirs' | 'ours', Record<string, string>>>,
    hasLogins = false,
  ): Promise<Twin> {
    const work = mkdtempSync(join(tmpdir(), 'twin-'))
    const shared = { 'offsets.topic.num.partitions': '3' }
    const [apache, server] = await Promise.all([
      startBroker(join(work, 'apache'), port, { ...shared, ...theirs }),
      startTestServer({ ...shared, ...ours }, { dir: join(work, 'ours'), port: port + 2 }),
    ])
    return new Twin(work, apache, server, new Side(port, hasLogins), new Side(port + 2, hasLogins))
  }

  get apacheLogs(): string {
    return this.apache.logDir
  }

  /** Sends one request to both over the connection of one actor; `undefined` where the connection was closed instead. */
  async ask<A extends Api>(
    actor: string,
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<{ ours: Plain; theirs: Plain }> {
    const one = async (side: Side): Promise<Plain> => {
      const client = await side.client(actor)
      const response = await client.call(api, version, side.own(request) as RequestInput<A>)
      if (response === undefined) {
        side.drop(actor)
        return undefined
      }
      const { memberId, errorCode } = response as { memberId?: string; errorCode?: number }
      const given = errorCode === Errors.NONE || errorCode === Errors.MEMBER_ID_REQUIRED
      if (memberId !== undefined && given) side.learn(`$${actor}`, memberId)
      if (api.key === CreateTopics.key) {
        const made = (response as { topics: Plain[] }).topics.filter((topic) => topic.errorCode === 0)
        if (version >= 7) for (const topic of made) side.learn(`$${topic.name}`, topic.topicId, true)
        if (!(request as { validateOnly?: boolean }).validateOnly) await hearOf(await side.client('admin'), made)
      }
      return canonical(await side.plain(response))
    }
    const [ours, theirs] = await Promise.all([one(this.ours), one(this.theirs)])
    return { ours, theirs }
  }

  /** Asks both, wants the same answer from both, and gives it. */
  async same<A extends Api>(
    actor: string,
    api: A,
    version: number,
    request: RequestInput<A>,
    blur: (response: Plain) => Plain = (response) => response,
  ): Promise<Plain> {
    const asked = await this.ask(actor, api, version, request)
    const [ours, theirs] = [blur(asked.ours), blur(asked.theirs)]
    const about = `${api.name} ${version} of ${actor}: ${JSON.stringify(canonical(request)).slice(0, 300)}`
    expect.soft(ours, about).toEqual(theirs)
    return theirs
  }

  /** What both brokers call an alias. */
  valuesOf(alias: string): string[] {
    return [this.ours, this.theirs].map((side) => side.valueFor(alias) ?? '')
  }

  /** An alias means nothing any more, and may be learned anew. */
  forget(alias: string): void {
    this.ours.forget(alias)
    this.theirs.forget(alias)
  }

  /** Waits until a group is in this state, with so many members, at both. */
  async until(group: string, state: string, members: number): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const { ours, theirs } = await this.ask('observer', DescribeGroups, 5, { groups: [group] })
      const there = [ours, theirs].filter(
        ({ groups: [one] }) => one.groupState === state && one.members.length === members,
      )
      if (there.length === 2) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    const { ours, theirs } = await this.ask('observer', DescribeGroups, 5, { groups: [group] })
    throw new Error(`${group} is not ${state} with ${members}: ${JSON.stringify({ ours, theirs })}`)
  }

  /** Makes topics of so many partitions at both. */
  async makeTopics(counts: Readonly<Record<string, number>>): Promise<void> {
    const { theirs } = await this.ask('admin', CreateTopics, 7, {
      topics: Object.entries(counts).map(([name, numPartitions]) => ({
        ...{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] },
      })),
      timeoutMs: 10_000,
      validateOnly: false,
    })
    for (const topic of theirs.topics) expect(topic.errorCode).toBe(0)
  }

  /** Waits until both have a coordinator for a group that is not there yet. */
  async coordinatorOf(group: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { ours, theirs } = await this.ask('admin', FindCoordinator, 2, { key: group, keyType: 0 })
      const asked = await this.ask('admin', Heartbeat, 4, { groupId: group, memberId: 'x', generationId: 1 })
      const codes = [ours.errorCode, theirs.errorCode]
      const members = [asked.ours.errorCode, asked.theirs.errorCode]
      if (codes.every((code) => code === 0) && members.every((code) => code === Errors.UNKNOWN_MEMBER_ID)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`no coordinator for ${group}`)
  }

  drop(actor: string): void {
    this.ours.drop(actor)
    this.theirs.drop(actor)
  }

  async close(): Promise<void> {
    this.ours.close()
    this.theirs.close()
    await this.server.close()
    await this.apache.stop()
    rmSync(this.work, { recursive: true, force: true })
  }
}

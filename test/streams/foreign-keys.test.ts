import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { murmur3 } from '../../src/std/murmur3.ts'
import { StreamsBuilder, serdes, TimeWindows } from '../../src/streams/index.ts'
import { answerSerde, foreignPart, subscriptionKey, subscriptionSerde } from '../../src/streams/state/subscription.ts'
import { PartitionCounts } from '../../src/streams/tasks/partition-counts.ts'
import { TaskDriver } from './task-driver.ts'

/** `test/support/java/ForeignKeyGolden.java` made the file with Apache's classes; a compat test has it written anew, and compares. */
const golden = readFileSync(new URL('golden/foreign-keys.txt', import.meta.url), 'utf8')

const rows = (kind: string): string[][] =>
  golden.split('\n').flatMap((line) => (line.startsWith(`${kind}|`) ? [line.split('|').slice(1)] : []))
const orNull = (word: string | undefined): string | null => (word === undefined || word === '-' ? null : word)
const hashOf = (value: string | null) => (value === null ? null : murmur3(Buffer.from(value)))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe("the bytes of a join by foreign keys, against Java's", () => {
  it('has the hashes of values', () => {
    expect(rows('hash')).toHaveLength(41)
    for (const [value = '', hash] of rows('hash')) expect(hex(murmur3(Buffer.from(value)))).toBe(hash)
  })

  it('writes and reads subscriptions, in both forms', () => {
    const serde = subscriptionSerde(serdes.string)
    expect(rows('subscription')).toHaveLength(160)
    for (const [ask, value, key = '', place, bytes = ''] of rows('subscription')) {
      const partition = place === '-' ? undefined : Number(place)
      const subscription = { ask: Number(ask), hash: hashOf(orNull(value)), key, partition }
      expect(hex(serde.serialize(subscription))).toBe(bytes)
      expect(serde.deserialize(Buffer.from(bytes, 'hex'))).toEqual(subscription)
    }
  })

  it('writes and reads answers', () => {
    const serde = answerSerde(serdes.string)
    expect(rows('response')).toHaveLength(6)
    for (const [value, foreign, bytes = ''] of rows('response')) {
      const answer = { hash: hashOf(orNull(value)), value: orNull(foreign), partition: undefined }
      expect(hex(serde.serialize(answer))).toBe(bytes)
      expect(serde.deserialize(Buffer.from(bytes, 'hex'))).toEqual(answer)
    }
  })

  it('keeps subscriptions by the same keys', () => {
    expect(rows('key')).toHaveLength(25)
    for (const [foreign = '', own = '', bytes] of rows('key')) {
      const key = subscriptionKey(Buffer.from(foreign), Buffer.from(own))
      expect(hex(key)).toBe(bytes)
      expect(hex(foreignPart(key))).toBe(bytes?.slice(0, 8 + Buffer.byteLength(foreign) * 2))
    }
  })

  it('refuses forms that are newer than those it knows', () => {
    expect(() => subscriptionSerde(serdes.string).deserialize(Buffer.from('820061', 'hex'))).toThrow(
      'A subscription has the form 2, and 1 is the newest that is known.',
    )
    expect(() => answerSerde(serdes.string).deserialize(Buffer.from('81', 'hex'))).toThrow('has the form 1')
  })
})

describe('a join by foreign keys', () => {
  it('takes tables whose keys have windows, also with the default serdes', () => {
    const builder = new StreamsBuilder()
    const counts = builder
      .stream<string, string>('in')
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
      .count()
    counts
      .join(
        builder.table<string, string>('names'),
        (count) => String(count),
        (count, name) => `${count} is ${name}`,
      )
      .toStream()
      .map(({ key, window }, value) => ({ key: `${key}@${window.start}`, value }))
      .to('out')
    const driver = new TaskDriver(builder.build(), new Map())
    const pipe = (topic: string, key: string, value: string, timestamp: number) =>
      driver
        .pipe({ topic, key: Buffer.from(key), value: Buffer.from(value), timestamp })
        .flatMap((record) => (record.topic === 'out' ? [`${record.key}=${record.value}`] : []))
    expect(pipe('names', '2', 'two', 1)).toEqual([])
    expect(pipe('in', 'a', 'x', 12)).toEqual([])
    expect(pipe('in', 'a', 'x', 13)).toEqual(['a@10=2 is two'])
    expect(pipe('in', 'b', 'x', 25)).toEqual([])
    expect(pipe('names', '1', 'one', 26)).toEqual(['b@20=1 is one'])
  })
})

describe('the topics of a join by foreign keys', () => {
  const texts = { key: serdes.string, value: serdes.string }
  const joiner = (one: string, other: unknown) => `${one}${other}`

  it('have the numbers of partitions of the tables whose records they meet', () => {
    const builder = new StreamsBuilder()
    builder
      .table<string, string>('left', texts)
      .join(builder.table<string, string>('right', texts), (value) => value, joiner, {
        name: 'j',
        value: serdes.string,
      })
      .toStream()
      .groupBy((_, value) => value, { name: 'values' })
      .count({ store: 'counts' })
    const outer = new Map([
      ['left', 3],
      ['right', 5],
    ])
    const { repartition, changelogs } = new PartitionCounts(builder.build(), outer).plan('app', {}, 0)
    expect(
      Object.fromEntries([...repartition, ...changelogs].map(({ name, partitions }) => [name, partitions])),
    ).toEqual({
      'app-j-subscription-registration-topic': 5,
      'app-j-subscription-response-topic': 3,
      'app-values-repartition': 3,
      'app-left-STATE-STORE-0000000000-changelog': 3,
      'app-right-STATE-STORE-0000000003-changelog': 5,
      'app-j-subscription-store-changelog': 5,
      'app-counts-changelog': 3,
    })
  })

  it('and those of topics of the application join in the larger number', () => {
    const builder = new StreamsBuilder()
    const counted = (topic: string) =>
      builder
        .stream<string, string>(topic, texts)
        .groupBy((_, value) => value, { name: `by-${topic}` })
        .count()
    counted('left').join(counted('right'), (count) => String(count), joiner as never, { name: 'j' })
    const outer = new Map([
      ['left', 2],
      ['right', 5],
    ])
    const { repartition } = new PartitionCounts(builder.build(), outer).plan('app', {}, 0)
    expect(repartition.map(({ partitions }) => partitions)).toEqual([5, 5, 5, 5])
  })
})

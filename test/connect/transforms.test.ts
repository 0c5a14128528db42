import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { JsonConverter } from '../../src/connect/converters/json-converter.ts'
import { NO_DATA, type SchemaAndValue } from '../../src/connect/data/schema.ts'
import type { ConnectRecord } from '../../src/connect/records.ts'
import { builtInPredicates, builtInTransformations } from '../../src/connect/transforms/built-in.ts'
import { SetSchemaMetadata } from '../../src/connect/transforms/set-schema-metadata.ts'

/** Records, and what is done to them: `test/support/java/TransformGolden.java` does the same with Apache's classes. */
interface RecordText {
  readonly record: string
  readonly topic: string
  readonly partition: number | null
  readonly timestamp: number | null
  readonly offset: number
  readonly source?: boolean
  /** JSON with its schema, as the converter writes it. */
  readonly key?: string
  readonly value?: string
  readonly headers?: readonly (readonly [string, string])[]
}

interface Case {
  readonly class: string
  readonly config: Readonly<Record<string, string>>
  readonly records: readonly string[]
}

const linesOf = (name: string): string[] =>
  readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
const given = linesOf('transforms.cases.jsonl').map((line) => JSON.parse(line) as RecordText | Case)
const cases = given.filter((one): one is Case => 'class' in one)
const records = new Map(given.flatMap((one) => ('record' in one ? [[one.record, one] as const] : [])))
const golden = new Map(
  linesOf('transforms.tsv').map((line): [string, string] => {
    const tab = line.indexOf('\t')
    return [line.slice(0, tab), line.slice(tab + 1)]
  }),
)

const json = new JsonConverter({ 'schemas.enable': 'true' })
const PACKAGE = 'org.apache.kafka.connect.transforms.'
/** What two figures of a year mean hangs on the time: this is one that Java's answers still hold at. */
const transformations = builtInTransformations(() => 1_800_000_000_000)

const dataOf = (text: string | undefined): SchemaAndValue =>
  text === undefined ? NO_DATA : json.toConnectData('t', Buffer.from(text))

function recordOf(name: string): ConnectRecord {
  const found = records.get(name) as RecordText
  const { topic, partition, timestamp, offset, source, headers = [] } = found
  const key = dataOf(found.key)
  const value = dataOf(found.value)
  return {
    topic,
    partition: partition ?? undefined,
    timestamp: timestamp ?? undefined,
    ...(source ? {} : { offset }),
    ...{ keySchema: key.schema, key: key.value, valueSchema: value.schema, value: value.value },
    headers: headers.map(([header, text]) => ({ key: header, ...dataOf(text) })),
  }
}

const written = ({ schema, value }: SchemaAndValue): string => String(json.fromConnectData('t', schema, value))

function shown(record: Partial<ConnectRecord> | null | undefined): string {
  if (!record) return 'dropped'
  const { topic, partition, timestamp, keySchema = null, key, valueSchema = null, value, headers = [] } = record
  try {
    const heads = headers.map((header) => `[${JSON.stringify(header.key)},${written(header)}]`)
    const data = `${written({ schema: keySchema, value: key })},${written({ schema: valueSchema, value })}`
    return `[${JSON.stringify(topic)},${partition ?? null},${timestamp ?? null},${data},[${heads.join(',')}]]`
  } catch {
    return '! not written'
  }
}

function result(name: string, config: Readonly<Record<string, string>>, record: ConnectRecord): string {
  try {
    const predicate = builtInPredicates.get(PACKAGE + name)?.()
    predicate?.configure(config)
    if (predicate) return String(predicate.test(record))
    const transformation = transformations.get(PACKAGE + name)?.()
    transformation?.configure(config)
    return shown(transformation?.apply(record))
  } catch (error) {
    return `! ${(error as Error).message.split('\n')[0]}`
  }
}

/** Java's maps have an order of their own, and numbers without a schema no types. */
const comparable = (text: string | undefined): unknown => (text?.includes('"schema":null') ? JSON.parse(text) : text)

const setName = new SetSchemaMetadata('value')
setName.configure({ 'schema.name': 'other' })

describe('transformations and predicates', () => {
  it("has a case for each of Apache's answers", () => {
    const names = cases.flatMap((one) =>
      one.records.map((record) => `${one.class} ${JSON.stringify(one.config)} on ${record}`),
    )
    expect([...golden.keys()]).toEqual([...new Set(names)])
    const classes = new Set(cases.map((one) => PACKAGE + one.class))
    for (const name of [...transformations.keys(), ...builtInPredicates.keys()]) expect(classes).toContain(name)
  })

  it('give a schema another name that is no struct, where Apache fails', () => {
    const given = { ...recordOf('text'), headers: [] }
    const named = shown(setName.apply(given))
    expect(named).toContain(
      '{"schema":{"type":"string","optional":false,"name":"other","version":2},"payload":"hello"}',
    )
  })

  it.each(cases)('$class $config', ({ class: name, config, records: on }) => {
    for (const record of on) {
      const line = `${name} ${JSON.stringify(config)} on ${record}`
      expect([line, comparable(result(name, config, recordOf(record)))]).toEqual([line, comparable(golden.get(line))])
    }
  })
})

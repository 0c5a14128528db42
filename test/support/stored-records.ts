import { encodeBatch, type NewRecord } from '../../src/protocol/records/record.ts'
import { type Message, message, type Spec, Writer } from '../../src/protocol/schema/index.ts'

/** Records of Kafka's own topics with values from a seed: every kind in every version, and some that are damaged. */
class Chance {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (Math.imul(this.state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor(this.state / 65_536) % limit
  }
  one<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

type Fields = Message['fields']

function oneOf(spec: Spec, version: number, chance: Chance): unknown {
  if (spec.nullable && version >= spec.nullable[0] && version <= spec.nullable[1] && chance.below(4) === 0) return null
  switch (spec.kind) {
    case 'bool':
      return chance.below(2) === 1
    case 'int8':
      return chance.below(3)
    case 'uint16':
    case 'int16':
      return chance.below(30_000)
    case 'int64':
      return chance.one(chance.below(65_536) * 2 ** 33 + 7, -1, 2 ** 63, chance.below(9))
    case 'hash64':
      return chance.one(0n, -1n, chance.bytes(8).readBigInt64BE())
    case 'float64':
      return chance.one(1024, 0.5, 1e21, 1.5e-7)
    case 'uuid':
      return chance.bytes(16).toString('base64url')
    case 'string':
      return chance.one('', 'a"b\\c\n\u0001\u001f\u007f', 't-1', '</x>', 'plain')
    case 'bytes':
    case 'records':
      return chance.bytes(chance.below(5))
    case 'array':
      return Array.from({ length: chance.below(3) }, () => oneOf(spec.element as Spec, version, chance))
    case 'struct':
      return valuesOf(spec.shape as Fields, version, chance)
    default:
      return chance.below(65_536) * chance.below(30_000) - 5
  }
}

function valuesOf(fields: Fields, version: number, chance: Chance): Record<string, unknown> {
  const present = Object.entries(fields).filter(
    ([, { spec }]) =>
      version >= spec.versions[0] && version <= spec.versions[1] && (spec.tag === undefined || chance.below(3) > 0),
  )
  return Object.fromEntries(present.map(([name, { spec }]) => [name, oneOf(spec, version, chance)]))
}

/** Fields that later versions have in tags are not there before. */
function encoded(original: Message, version: number, chance: Chance): Buffer {
  const entries = Object.entries(original.fields)
  const there = entries.filter(([, { spec }]) => spec.tagged === undefined || version >= spec.tagged[0])
  const shape = message({ ...original, fields: Object.fromEntries(there) })
  return shape.encode(version, valuesOf(shape.fields, version, chance) as never)
}

const prefixed = (number: number, bytes: Buffer): Buffer => {
  const head = Buffer.alloc(2)
  head.writeInt16BE(number)
  return Buffer.concat([head, bytes])
}

const versionsOf = ({ versions: [first, last] }: Message): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

const EACH = 10

/** Of a coordinator's topic: the record's type stands before the key, the version before the value. */
export function coordinatorRecords(modules: readonly object[], seed: number): NewRecord[] {
  const chance = new Chance(seed)
  const all = modules.flatMap((module) => Object.values(module) as Message[])
  const records = all
    .filter(({ name }) => name.endsWith('Key'))
    .flatMap((key) => {
      const value = all.find(({ name }) => name === key.name.replace(/Key$/, 'Value')) as Message
      const keyBytes = () => prefixed(key.key as number, encoded(key, 0, chance))
      return versionsOf(value).flatMap((version) => [
        ...Array.from({ length: EACH }, (_, i) => ({
          key: keyBytes(),
          value: prefixed(version, encoded(value, version, chance)),
          timestamp: i,
        })),
        { key: keyBytes(), value: null, timestamp: 1 },
        { key: keyBytes(), value: prefixed(99, Buffer.alloc(4)), timestamp: 2 },
      ])
    })
  const damaged = [prefixed(77, Buffer.alloc(3)), Buffer.from('x')].map((key) => ({
    key,
    value: Buffer.from('xx'),
    timestamp: 3,
  }))
  return [...records, ...damaged, { ...(records[0] as NewRecord), value: Buffer.from('x') }]
}

function framed(type: number, version: number, body: Buffer): Buffer {
  const writer = new Writer()
  for (const number of [1, type, version]) writer.unsignedVarint(number)
  writer.copy(body)
  return writer.concat()
}

/** Of a log of metadata: frame version, type and version stand before the fields. */
export function framedRecords(module: object, seed: number): NewRecord[] {
  const chance = new Chance(seed)
  const values = (Object.values(module) as Message[]).flatMap((one) =>
    versionsOf(one).flatMap((version) =>
      Array.from({ length: EACH }, () => framed(one.key as number, version, encoded(one, version, chance))),
    ),
  )
  const damaged = [[], [0], [2], [1], [1, 99, 0], [1, 2, 99], [1, 2, 0]].map((bytes) => Buffer.from(bytes))
  return [...values, ...damaged].map((value) => ({ key: null, value, timestamp: 5 }))
}

/** A log of those records, a few in each batch. */
export function logOf(records: readonly NewRecord[], control = false): Buffer {
  const batches: Buffer[] = []
  for (let baseOffset = 0; baseOffset < records.length; baseOffset += 7)
    batches.push(encodeBatch(records.slice(baseOffset, baseOffset + 7), { baseOffset, control }))
  return Buffer.concat(batches)
}

import { describe, expect, it } from 'vitest'
import * as apis from '../../../src/protocol/apis/index.ts'
import { inRange, type Shape, type Spec } from '../../../src/protocol/schema/field.ts'
import { generate } from '../../../src/protocol/schema/generate.ts'
import { type Api, Reader, Writer } from '../../../src/protocol/schema/index.ts'
import { interpret } from '../../../src/protocol/schema/interpret.ts'
import { layoutOf } from '../../../src/protocol/schema/layout.ts'
import type { Plan } from '../../../src/protocol/schema/pieces.ts'
import { formatUuid } from '../../../src/std/uuid.ts'

/** A source of numbers in [0, limit) that gives the same ones every time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % limit
  }
}
type Dice = ReturnType<typeof numbers>

const bytesOf = (dice: Dice, length: number): Buffer => Buffer.from(Array.from({ length }, () => dice(256)))

function anyOf(spec: Spec, version: number, dice: Dice): unknown {
  if (inRange(spec.nullable, version) && dice(4) === 0) return null
  switch (spec.kind) {
    case 'bool':
      return dice(2) === 1
    case 'int8':
      return dice(256) - 128
    case 'int16':
      return dice(65_536) - 32_768
    case 'uint16':
      return dice(65_536)
    case 'int32':
      return dice(2 ** 32) - 2 ** 31
    case 'uint32':
      return dice(2 ** 32)
    case 'int64':
      return [dice(2 ** 32) * 2 ** 20, -dice(1000), 2 ** 63][dice(3)]
    case 'hash64':
      return bytesOf(dice, 8).readBigInt64BE()
    case 'float64':
      return dice(1000) / 8
    case 'uuid':
      return formatUuid(bytesOf(dice, 16))
    case 'string':
      return 'añ→'.repeat(dice(60))
    case 'bytes':
      return bytesOf(dice, dice(40))
    case 'records':
      return dice(2) === 1 ? bytesOf(dice, dice(3000)) : [bytesOf(dice, dice(50)), bytesOf(dice, dice(2000))]
    case 'array':
      return Array.from({ length: dice(4) }, () => anyOf(spec.element as Spec, version, dice))
    case 'struct':
      return structOf(spec.shape as Shape, version, dice)
  }
}

/** Now and then with something that the version does not have. */
function structOf(shape: Shape, version: number, dice: Dice): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, { spec }] of Object.entries(shape))
    if (inRange(spec.versions, version) || spec.ignorable ? dice(5) > 0 : dice(20) === 0)
      value[name] = anyOf(spec, version, dice)
  return value
}

/** What comes of it, or why nothing does. */
function outcome<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

function encoded(plan: Plan, value: unknown): Buffer | string {
  return outcome(() => {
    const writer = new Writer()
    plan.encode(writer, value)
    return writer.concat()
  })
}

describe('generated codecs', () => {
  const all = Object.values(apis) as unknown as Api[]

  it.each(all.map((api) => [api.name, api] as const))('of %s do what interpreted ones do', (_, api) => {
    for (let version = api.versions[0]; version <= api.versions[1]; version++)
      for (const shape of [api.request, api.response]) {
        const flexible = version >= api.flexible
        const slow = (inner: Shape): Plan => interpret(layoutOf(inner, version, flexible), slow)
        const quick = (inner: Shape): Plan => generate(layoutOf(inner, version, flexible), quick)
        const [interpreted, generated] = [slow(shape), quick(shape)]
        const dice = numbers(api.key * 1000 + version)
        for (let round = 0; round < 5; round++) {
          const value = structOf(shape, version, dice)
          const bytes = encoded(interpreted, value)
          expect(encoded(generated, value)).toEqual(bytes)
          if (typeof bytes === 'string') continue
          // Whole, cut short, and with a byte that is another.
          const damaged = Buffer.from(bytes)
          if (damaged.length > 0) damaged[dice(damaged.length)] = dice(256)
          for (const given of [bytes, bytes.subarray(0, dice(bytes.length + 1)), damaged])
            expect(outcome(() => generated.decode(new Reader(given)))).toEqual(
              outcome(() => interpreted.decode(new Reader(given))),
            )
        }
      }
  })
})

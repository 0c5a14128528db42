import { describe, expect, it } from 'vitest'
import type { ConnectRecord } from '../../src/connect/index.ts'
import { type Predicate, RetriableError, Transformation } from '../../src/connect/index.ts'
import { builtInStages, type StagePlugin, type Stages } from '../../src/connect/plugins/stage-plugins.ts'
import { Failed } from '../../src/connect/worker/error-handling.ts'
import { Retries } from '../../src/connect/worker/retries.ts'
import { TransformationChain } from '../../src/connect/worker/transformation-chain.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

const record: ConnectRecord = {
  topic: 't',
  keySchema: null,
  key: null,
  valueSchema: null,
  value: { n: 1 },
  headers: [],
}

/** A transformation that does as it is told, under a name. */
function told(
  className: string,
  apply: Transformation['apply'],
  on: Partial<Transformation> = {},
): StagePlugin<Transformation> {
  class Told extends Transformation {
    override configure(config: Readonly<Record<string, string>>): void {
      on.configure?.(config)
    }

    apply(given: ConnectRecord) {
      return apply(given)
    }

    override close(): void {
      on.close?.()
    }
  }
  return { className, version: '1', create: () => new Told() }
}

function open(
  config: Record<string, string>,
  plugins: readonly StagePlugin<Transformation>[] = [],
  predicates: readonly StagePlugin<Predicate>[] = [],
) {
  const runtime = memoryRuntime()
  const builtIn = builtInStages(() => 0)
  const stages: Stages = {
    transformations: builtIn.transformations.with(plugins),
    predicates: builtIn.predicates.with(predicates),
  }
  const stop = new AbortController()
  const chain = TransformationChain.open(
    config,
    stages,
    new Retries(config, runtime.clock, runtime.random),
    stop.signal,
  )
  return { chain, runtime, stop }
}

const insert = (alias: string, name: string) => ({
  [`transforms.${alias}.type`]: 'InsertField$Value',
  [`transforms.${alias}.static.field`]: name,
  [`transforms.${alias}.static.value`]: alias,
})

describe('a chain of transformations', () => {
  it('goes through them in their order', async () => {
    const config = {
      transforms: 'a, b',
      ...insert('a', 'x'),
      'transforms.b.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
      'transforms.b.renames': 'x:y',
    }
    expect(await open(config).chain.apply(record)).toMatchObject({ value: { n: 1, y: 'a' } })
    expect(await open({ ...config, transforms: 'b,a' }).chain.apply(record)).toMatchObject({ value: { n: 1, x: 'a' } })
    expect(open({}).chain.isEmpty).toBe(true)
  })

  it('ends where one leaves the record out', async () => {
    let reached = false
    const last = told('Last', (given) => {
      reached = true
      return given
    })
    const config = { transforms: 'a,b', 'transforms.a.type': 'Filter', 'transforms.b.type': 'Last' }
    expect(await open(config, [last]).chain.apply(record)).toBeUndefined()
    expect(reached).toBe(false)
  })

  it.each([
    ['t', 'false', false],
    ['t', 'true', true],
    ['other', 'false', true],
    ['other', 'TRUE', false],
  ])('asks the predicate: pattern %s, negate %s', async (pattern, negate, isKept) => {
    const { chain } = open({
      transforms: 'drop',
      'transforms.drop.type': 'Filter',
      'transforms.drop.predicate': 'named',
      'transforms.drop.negate': negate,
      predicates: 'named',
      'predicates.named.type': 'TopicNameMatches',
      'predicates.named.pattern': pattern,
    })
    expect(await chain.apply(record)).toBe(isKept ? record : undefined)
  })

  it('keeps what a transformation does not name, and has its own properties', async () => {
    let given: unknown
    const mine = told('MyTransformation', () => ({ topic: 'other' }), { configure: (config) => void (given = config) })
    const { chain } = open({ transforms: 'm', 'transforms.m.type': 'My', 'transforms.m.a.b': 'c', other: 'x' }, [mine])
    expect(await chain.apply(record)).toEqual({ ...record, topic: 'other' })
    expect(given).toEqual({ type: 'My', 'a.b': 'c' })
  })

  it('says which class failed', async () => {
    const broken = told('Broken', () => {
      throw new Error('no')
    })
    const { chain } = open({ transforms: 'a,b', ...insert('a', 'x'), 'transforms.b.type': 'Broken' }, [broken])
    expect(await chain.apply(record)).toEqual(new Failed('TRANSFORMATION', new Error('no'), 'Broken'))
  })

  it('takes a promise for an error', async () => {
    const later = told('Later', (() => Promise.resolve(record)) as unknown as Transformation['apply'])
    const { chain } = open({ transforms: 'a', 'transforms.a.type': 'Later' }, [later])
    expect(await chain.apply(record)).toMatchObject({ error: { message: expect.stringContaining('gave a promise') } })
  })

  it('tries again what may be, as long as there is time', async () => {
    const tries: number[] = []
    const flaky = (runtime: () => ReturnType<typeof memoryRuntime>, succeedsAt: number) =>
      told('Flaky', (given) => {
        tries.push(runtime().clock.monotonic())
        if (tries.length < succeedsAt) throw new RetriableError('not yet')
        return given
      })
    const run = async (config: Record<string, string>, succeedsAt: number) => {
      tries.length = 0
      const opened: ReturnType<typeof open> = open({ transforms: 'a', 'transforms.a.type': 'Flaky', ...config }, [
        flaky(() => opened.runtime, succeedsAt),
      ])
      const result = opened.chain.apply(record)
      for (let i = 0; i < 30; i++) await opened.runtime.clock.advance(100)
      return result
    }
    expect(await run({ 'errors.retry.timeout': '2000' }, 3)).toBe(record)
    expect(tries.map((at) => at - (tries[0] ?? 0))).toEqual([0, 300, 900])
    expect(await run({ 'errors.retry.timeout': '500' }, 9)).toBeInstanceOf(Failed)
    expect(tries.map((at) => at - (tries[0] ?? 0))).toEqual([0, 300, 500])
    expect(await run({}, 2)).toBeInstanceOf(Failed)
    expect(tries.length).toBe(1)
  })

  it('does not wait for another try when it is to stop', async () => {
    const never = told('Never', () => {
      throw new RetriableError('never')
    })
    const config = { transforms: 'a', 'transforms.a.type': 'Never', 'errors.retry.timeout': '-1' }
    const { chain, stop } = open(config, [never])
    const result = chain.apply(record)
    stop.abort()
    expect(await result).toBeInstanceOf(Failed)
  })

  it('cannot be opened with what cannot be configured, and closes what was made', () => {
    const closed: string[] = []
    const first = told('First', (given) => given, { close: () => void closed.push('first') })
    const config = { transforms: 'a,b', 'transforms.a.type': 'First' }
    const with_ = (more: Record<string, string>) => () => open({ ...config, ...more }, [first])
    expect(with_({ 'transforms.b.type': 'SetSchemaMetadata$Value' })).toThrow(
      'Neither schema name nor version configured',
    )
    expect(closed).toEqual(['first'])
    expect(with_({ 'transforms.b.type': 'Filter', 'transforms.b.predicate': 'p' })).toThrow('There is no predicate p')
    expect(with_({ 'transforms.b.type': 'Nope' })).toThrow('Class Nope could not be found')
    const { chain } = open({ transforms: 'a', 'transforms.a.type': 'First' }, [first])
    chain.close()
    expect(closed).toEqual(['first', 'first', 'first', 'first'])
  })
})

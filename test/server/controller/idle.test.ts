import { expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { ClusterCare } from '../../../src/server/controller/cluster-care.ts'
import type { Controller, ControllerContext, MetadataDecision } from '../../../src/server/controller/controller.ts'
import { type BrokerImage, emptyImage } from '../../../src/server/metadata/image.ts'
import { ManualClock } from '../../support/memory-runtime.ts'

/** An active controller, node 1, whose log the test has others write to as well. */
function caring({ brokers = [1, 2], isOnlyVoter = true, properties = {} }) {
  const clock = new ManualClock()
  const config = new BrokerConfig({ 'node.id': '1', 'auto.leader.rebalance.enable': 'false', ...properties })
  const written: string[] = []
  const log = { end: 10 }
  const all = brokers.map((id) => [id, { id, fenced: false, epoch: id, inControlledShutdown: false } as BrokerImage])
  const image = { ...emptyImage, brokers: new Map(all as [number, BrokerImage][]) }
  const controller = {
    submit: async (decide: (context: ControllerContext) => MetadataDecision<void>) => {
      const { records } = decide({ image, nextOffset: log.end } as unknown as ControllerContext)
      written.push(...records.map(({ type }) => type))
      log.end += records.length
    },
  } as unknown as Controller
  const care = new ClusterCare({
    ...{ controller, config, clock, clusterId: 'c', ownBroker: 1, isOnlyVoter: () => isOnlyVoter },
    ...{ image: () => image, log: () => {} },
  })
  care.start()
  return { clock, care, written, log }
}

const noOps = (written: string[]) => written.filter((type) => type === 'NoOpRecord').length

it('writes a record that says nothing, so often where nothing else is written', async () => {
  const { clock, care, written, log } = caring({})
  await clock.advance(5000)
  // At the first look it is not known whether anything was written before.
  expect(noOps(written)).toBe(9)
  for (let n = 0; n < 10; n++) {
    log.end++
    await clock.advance(500)
  }
  expect(noOps(written)).toBe(9)
  await clock.advance(1000)
  expect(noOps(written)).toBe(11)
  care.close()
  await clock.advance(5000)
  expect(noOps(written)).toBe(11)
})

it.each([
  ['a node that is alone', { brokers: [1] }, 0],
  ['a node whose controllers are several', { brokers: [1], isOnlyVoter: false }, 9],
  ['metadata.max.idle.interval.ms=0', { properties: { 'metadata.max.idle.interval.ms': '0' } }, 0],
  ['metadata.max.idle.interval.ms=1000', { properties: { 'metadata.max.idle.interval.ms': '1000' } }, 4],
])('%s', async (_, given, expected) => {
  const { clock, written } = caring(given)
  await clock.advance(5000)
  expect(noOps(written)).toBe(expected)
})

import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { bootstrap } from '../../../src/server/controller/brokers.ts'
import { incrementalAlterConfigs } from '../../../src/server/controller/configs.ts'
import { updateFeatures } from '../../../src/server/controller/features.ts'
import { emptyImage, type MetadataImage, ResourceType } from '../../../src/server/metadata/image.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { clusterWith, contextOf, replayed } from './cluster-of-three.ts'

/** What became of `min.insync.replicas` with KIP-966, as Apache's controller showed it. */
const NAME = 'min.insync.replicas'
const config = new BrokerConfig({ [NAME]: '2' })
const entry = (resourceName: string, value: string | null) =>
  metadataRecord('ConfigRecord', 0, { resourceType: ResourceType.broker, resourceName, name: NAME, value })

function alter(image: MetadataImage, resourceName: string, configOperation: number, value: string | null) {
  const resource = { resourceType: ResourceType.broker, resourceName }
  const request = { resources: [{ ...resource, configs: [{ name: NAME, configOperation, value }] }] }
  const context = { ...contextOf(image), ofAnyBroker: true }
  const { reply, records } = incrementalAlterConfigs(context, { ...request, validateOnly: false })
  const { errorCode = 0, errorMessage } = reply.responses?.[0] ?? {}
  return errorCode === 0 ? records.map(({ type }) => type) : `${new KafkaError(errorCode).error}: ${errorMessage}`
}

describe('min.insync.replicas of the cluster', () => {
  it("begins as the first controller's file has it", () => {
    const level = (name: string, featureLevel: number) =>
      metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })
    const first = [level('metadata.version', 30), level('eligible.leader.replicas.version', 1)]
    const { records } = bootstrap({ ...contextOf(emptyImage), config }, first)
    expect(records).toContainEqual(entry('', '2'))
    const { records: without } = bootstrap({ ...contextOf(emptyImage), config }, first.slice(0, 1))
    expect(without).not.toContainEqual(entry('', '2'))
  })

  it('stays while there are eligible leaders, and single brokers have none', () => {
    const image = replayed(clusterWith([], 1), [entry('', '2')])
    expect(alter(image, '', 0, '3')).toEqual(['ConfigRecord', 'ClearElrRecord'])
    expect(alter(image, '', 1, null)).toBe(
      'INVALID_CONFIG: Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    )
    const refused = 'INVALID_CONFIG: Broker-level min.insync.replicas cannot be altered while ELR is enabled.'
    expect([alter(image, '2', 0, '2'), alter(image, '2', 1, null)]).toEqual([refused, refused])
    const without = replayed(clusterWith([], 0), [entry('', '2')])
    expect([alter(without, '', 1, null), alter(without, '2', 0, '1')]).toEqual([['ConfigRecord'], ['ConfigRecord']])
  })

  it('comes back with the feature, and takes the place of those of single brokers', () => {
    const image = replayed(clusterWith([], 0), [entry('3', '1')])
    const update = { feature: 'eligible.leader.replicas.version', maxVersionLevel: 1, upgradeType: 1 }
    const { records } = updateFeatures(
      { ...contextOf(image), config, quorumLevel: 1 },
      { featureUpdates: [{ ...update, allowDowngrade: false }], timeoutMs: 0, validateOnly: false },
    )
    expect(records.slice(1)).toEqual([entry('', '2'), entry('3', null)])
  })
})

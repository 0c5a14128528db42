import { ApiVersions, UpdateFeatures } from '../../protocol/apis/index.ts'
import { Errors, type KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'

export interface FeatureDescription {
  readonly name: string
  readonly supported: { readonly min: number; readonly max: number } | undefined
  /** The level that the cluster is at; 0 when it was never set. */
  readonly finalized: number
}

export interface FeatureSet {
  /** By name. */
  readonly features: readonly FeatureDescription[]
  /** Grows with every change; undefined when the broker does not know it yet. */
  readonly epoch: number | undefined
}

/** What one broker supports, or any, and what the cluster is at. */
export async function describeFeatures(cluster: Cluster, node?: number): Promise<FeatureSet> {
  const response = await cluster.call(
    ApiVersions,
    { clientSoftwareName: 'kafka-toolset', clientSoftwareVersion: '1' },
    { call: 'describeFeatures', to: node === undefined ? 'any' : { node }, errorOf: ({ errorCode }) => errorCode },
  )
  const finalized = new Map(response.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  const supported = new Map(response.supportedFeatures.map((feature) => [feature.name, feature]))
  const names = [...new Set([...supported.keys(), ...finalized.keys()])].sort()
  return {
    epoch: response.finalizedFeaturesEpoch < 0 ? undefined : response.finalizedFeaturesEpoch,
    features: names.map((name) => {
      const range = supported.get(name)
      return {
        name,
        supported: range && { min: range.minVersion, max: range.maxVersion },
        finalized: finalized.get(name) ?? 0,
      }
    }),
  }
}

export interface FeatureUpdate {
  readonly feature: string
  readonly level: number
  readonly change: 'upgrade' | 'safe-downgrade' | 'unsafe-downgrade'
}

const upgradeTypes = { upgrade: 1, 'safe-downgrade': 2, 'unsafe-downgrade': 3 } as const

/** All of them change, or none; with `validateOnly` none. */
export async function updateFeatures(
  cluster: Cluster,
  updates: readonly FeatureUpdate[],
  validateOnly: boolean,
): Promise<Map<string, KafkaError | undefined>> {
  const response = await cluster.call(
    UpdateFeatures,
    (version) => ({
      validateOnly: version >= 1 && validateOnly,
      featureUpdates: updates.map(({ feature, level, change }) => ({
        feature,
        maxVersionLevel: level,
        ...(version >= 1 ? { upgradeType: upgradeTypes[change] } : { allowDowngrade: change !== 'upgrade' }),
      })),
    }),
    {
      call: 'updateFeatures',
      errorOf: ({ errorCode }) => (errorCode === Errors.NOT_CONTROLLER ? errorCode : 0),
    },
  )
  const whole = itemError(response.errorCode, response.errorMessage)
  const results = new Map<string, KafkaError | undefined>(updates.map(({ feature }) => [feature, whole]))
  for (const { feature, errorCode, errorMessage } of response.results)
    if (!whole) results.set(feature, itemError(errorCode, errorMessage))
  return results
}

import type { UpdateFeatures } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { holdsMore, METADATA_VERSION, MetadataLevel } from '../../protocol/metadata-version.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { metadataLevel } from '../metadata/record-forms.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { supportedFeatures, supportedRanges } from './brokers.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { holdsControllers, registeredControllers } from './controller-registration.ts'
import { ELR, sharedMinInSync } from './min-in-sync.ts'

export const KRAFT_VERSION = 'kraft.version'

const UpgradeType = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

type Request = RequestOf<typeof UpdateFeatures>
type Update = Request['featureUpdates'][number]

interface FeatureContext extends ControllerContext {
  /** The level of `kraft.version`, which is not in the image: it belongs to the quorum's own log. */
  readonly quorumLevel: number
  /** Why the voters of a static quorum cannot be written into its log, if anything is in the way. */
  readonly quorumObstacle?: string | undefined
}

/** Levels of features (KIP-584): all of them change, or none does, and then the answer is the first complaint. */
export function updateFeatures(
  context: FeatureContext,
  { featureUpdates, validateOnly }: Request,
): MetadataDecision<ResponseInput<typeof UpdateFeatures>> {
  try {
    const records = featureUpdates.flatMap((update) => change(context, update, featureUpdates))
    const results = featureUpdates.map(({ feature }) => ({ feature, errorCode: 0, errorMessage: 'NONE' }))
    return {
      records: validateOnly ? [] : records,
      reply: { throttleTimeMs: 0, errorCode: 0, errorMessage: null, results },
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const errorMessage = `The update failed for all features since the following feature had an error: ${error.message}`
    return { records: [], reply: { throttleTimeMs: 0, errorCode: error.code, errorMessage, results: [] } }
  }
}

/** What a node can do: the levels of features that it knows. */
type Ranges = readonly {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}[]

function change(context: FeatureContext, update: Update, updates: readonly Update[]): MetadataRecord[] {
  const { image, config, quorumLevel, quorumObstacle } = context
  const { feature, maxVersionLevel: level, allowDowngrade } = update
  const upgradeType = allowDowngrade ? UpgradeType.safeDowngrade : update.upgradeType
  const refuse = (why: string) =>
    new KafkaError('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${why}`)
  if (upgradeType < UpgradeType.upgrade || upgradeType > UpgradeType.unsafeDowngrade)
    throw refuse('The controller does not support the given upgrade type.')
  const current = feature === KRAFT_VERSION ? quorumLevel : (image.features.get(feature) ?? 0)
  if (level < 0) throw refuse('A feature version cannot be less than 0.')
  const isKnown = supportedFeatures.some(({ name }) => name === feature)
  if (!isKnown && level === 0) throw refuse(`Feature ${feature} not found.`)
  const obstacle = whyNotSupported(context, feature, level)
  if (obstacle !== undefined) throw refuse(obstacle)
  if (level < current && upgradeType === UpgradeType.upgrade)
    throw refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  if (level > current && upgradeType !== UpgradeType.upgrade) throw refuse("Can't downgrade to a newer version.")
  if (level === current) return []
  if (feature === METADATA_VERSION) checkMetadataDowngrade(current, level, upgradeType)
  if (feature === KRAFT_VERSION) {
    if (level < current) throw refuse("Can't downgrade the version of this feature.")
    if (quorumObstacle) throw new KafkaError('INVALID_UPDATE_VERSION', quorumObstacle)
    // The caller changes the quorum itself.
    return []
  }
  if (feature === ELR && level > 0 && metadataLevelAfter(image, updates) < MetadataLevel.eligibleLeaders)
    throw refuse(
      `${ELR} could not be set to ${level} because it depends on ${METADATA_VERSION} level ${MetadataLevel.eligibleLeaders}`,
    )
  const changed = metadataRecord('FeatureLevelRecord', 0, { name: feature, featureLevel: level })
  return feature === ELR && level > 0 ? [changed, ...sharedMinInSync(image, config)] : [changed]
}

const metadataLevelAfter = (image: MetadataImage, updates: readonly Update[]): number =>
  updates.find(({ feature }) => feature === METADATA_VERSION)?.maxVersionLevel ?? metadataLevel(image)

/** All nodes have to know the level before it is the cluster's: a sentence about the first that does not. */
function whyNotSupported({ image, config }: FeatureContext, feature: string, level: number): string | undefined {
  const own = obstacleAt(`Local controller ${config.nodeId}`, supportedRanges(), feature, level)
  if (own !== undefined) return own
  for (const { id, record } of image.brokers.values()) {
    const features = record.type === 'RegisterBrokerRecord' ? record.fields.features : []
    const obstacle = id === config.nodeId ? undefined : obstacleAt(`Broker ${id}`, features, feature, level)
    if (obstacle !== undefined) return obstacle
  }
  if (!holdsControllers(image)) return undefined
  const registered = registeredControllers(image).filter(({ controllerId }) => controllerId !== config.nodeId)
  for (const { controllerId, features } of registered) {
    const obstacle = obstacleAt(`Controller ${controllerId}`, features, feature, level)
    if (obstacle !== undefined) return obstacle
  }
  const known = new Set([config.nodeId, ...registered.map(({ controllerId }) => controllerId)])
  const unknown = config.voters.find(({ id }) => !known.has(id))
  return unknown && `controller ${unknown.id} has not registered, and may not support this feature`
}

function obstacleAt(node: string, ranges: Ranges, feature: string, level: number): string | undefined {
  const found = ranges.find(({ name }) => name === feature)
  const [low, high] = found ? [found.minSupportedVersion, found.maxSupportedVersion] : [0, 0]
  if (level >= low && level <= high) return undefined
  return high === 0 ? `${node} does not support this feature.` : `${node} only supports versions ${low}-${high}`
}

/** What the older form has no place for would be lost. */
function checkMetadataDowngrade(current: number, level: number, upgradeType: number): void {
  if (level > current || !holdsMore(level, current)) return
  const why =
    upgradeType === UpgradeType.unsafeDowngrade
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.'
  throw new KafkaError(
    'INVALID_UPDATE_VERSION',
    `Unsupported ${METADATA_VERSION} downgrade from ${current} to ${level}. ${why}`,
  )
}

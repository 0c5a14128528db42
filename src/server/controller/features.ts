import type { UpdateFeatures } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { supportedFeatures } from './brokers.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { ELR, sharedMinInSync } from './min-in-sync.ts'

export const KRAFT_VERSION = 'kraft.version'

const UpgradeType = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

type Request = RequestOf<typeof UpdateFeatures>
type Update = Request['featureUpdates'][number]

interface FeatureContext extends ControllerContext {
  /** The level of `kraft.version`, which is not in the image: it belongs to the quorum's own log. */
  readonly quorumLevel: number
}

/** Levels of features (KIP-584): all of them change, or none does, and then the answer is the first complaint. */
export function updateFeatures(
  context: FeatureContext,
  { featureUpdates, validateOnly }: Request,
): MetadataDecision<ResponseInput<typeof UpdateFeatures>> {
  try {
    const records = featureUpdates.flatMap((update) => change(context, update))
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

function change({ image, config, quorumLevel }: FeatureContext, update: Update): MetadataRecord[] {
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
  const supported = supportedFeatures.find(({ name }) => name === feature)
  if (!supported || level < supported.min || level > supported.max)
    throw refuse(
      supported
        ? `Local controller ${config.nodeId} only supports versions ${supported.min}-${supported.max}`
        : `Local controller ${config.nodeId} does not support this feature.`,
    )
  if (level < current && upgradeType === UpgradeType.upgrade)
    throw refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  if (level > current && upgradeType !== UpgradeType.upgrade) throw refuse("Can't downgrade to a newer version.")
  if (level === current) return []
  if (feature === KRAFT_VERSION) {
    if (level < current) throw refuse("Can't downgrade the version of this feature.")
    // The caller changes the quorum itself.
    return []
  }
  if (fixed.has(feature)) throw refuse('This node cannot change the level of this feature yet.')
  const raised = metadataRecord('FeatureLevelRecord', 0, { name: feature, featureLevel: level })
  return feature === ELR && level > 0 ? [raised, ...sharedMinInSync(image, config)] : [raised]
}

/** Levels on which the form of records hangs. */
const fixed: ReadonlySet<string> = new Set(['metadata.version'])

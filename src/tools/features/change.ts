import type { Admin, FeatureUpdate } from '../../client/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import { levelOf, METADATA_VERSION } from '../../protocol/metadata-version.ts'
import { defaultLevels } from '../storage/features.ts'

/** What a user asks of features: by name, by release, or both spellings of the metadata version. */
export interface WantedLevels {
  /** `name=level`. */
  readonly features: readonly string[]
  readonly release: string | undefined
  /** The older option for the metadata version. */
  readonly metadata: string | undefined
}

/** Reads `name=level` for any name, for the broker knows better what there is. */
export function parseLevel(text: string): [string, number] {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`Can't parse feature=level string ${text}: equals sign not found.`)
  const level = text.slice(at + 1).trim()
  if (!/^[+-]?\d{1,5}$/.test(level))
    throw new Error(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`)
  return [text.slice(0, at).trim(), Number(level)]
}

/** Throws for levels that contradict each other. */
export function wantedLevels({ features, release, metadata }: WantedLevels): Map<string, number> {
  const levels = new Map<string, number>()
  if (release !== undefined) {
    if (metadata !== undefined) throw new Error('Can not specify `release-version` with other feature flags.')
    if (features.length > 0) throw new Error('Can not specify `release-version` with other feature flags.')
    const level = levelOf(release, 'ask')
    return new Map([[METADATA_VERSION, level], ...defaultLevels(level)])
  }
  if (metadata !== undefined) levels.set(METADATA_VERSION, levelOf(metadata, 'ask'))
  for (const text of features) {
    const [name, level] = parseLevel(text)
    if (levels.has(name)) throw new Error(`Feature ${name} was specified more than once.`)
    levels.set(name, level)
  }
  return levels
}

export interface ChangedFeature {
  readonly feature: string
  readonly level: number
  readonly error: KafkaError | undefined
}

/** In the order of names. */
export async function changeFeatures(
  admin: Admin,
  levels: ReadonlyMap<string, number>,
  change: FeatureUpdate['change'],
  validateOnly: boolean,
): Promise<ChangedFeature[]> {
  const names = [...levels.keys()].sort()
  const updates = names.map((feature) => ({ feature, level: levels.get(feature) as number, change }))
  const results = await admin.updateFeatures(updates, { validateOnly })
  return updates.map(({ feature, level }) => ({ feature, level, error: results.get(feature) }))
}

import {
  latestLevel,
  METADATA_VERSION,
  MetadataLevel,
  namedLevel,
  oldestLevel,
  releaseOf,
} from '../../protocol/metadata-version.ts'

/** Features besides the metadata version: the highest level, and the metadata version from which a new cluster has it. */
const features = [
  { name: 'kraft.version', level: 1, from: 21 },
  { name: 'transaction.version', level: 2, from: 24 },
  { name: 'group.version', level: 1, from: 22 },
  { name: 'eligible.leader.replicas.version', level: 1, from: 26, needs: MetadataLevel.eligibleLeaders },
  { name: 'share.version', level: 1, from: 28 },
  { name: 'streams.version', level: 1, from: 29 },
] as const

/** Throws for a level that a cluster cannot have. */
export function checkMetadataLevel(level: number): void {
  const release = releaseOf(level)
  if (release === undefined)
    throw new Error(
      `No MetadataVersion with feature level ${level}. Valid feature levels are from ${oldestLevel} to ${namedLevel}.`,
    )
  if (level > latestLevel) throw new Error(`${METADATA_VERSION} ${release} is not yet stable.`)
}

/** Throws when a feature asks for more than the metadata version is. */
export function checkDependencies(levels: ReadonlyMap<string, number>): void {
  const metadata = levels.get(METADATA_VERSION) ?? 0
  for (const feature of features)
    if ('needs' in feature && (levels.get(feature.name) ?? 0) > 0 && metadata < feature.needs)
      throw new Error(
        `${feature.name} could not be set to ${levels.get(feature.name)} because it depends on ${METADATA_VERSION} level ${feature.needs}`,
      )
}

/** The levels of all other features in a cluster that starts with this metadata version. */
export const defaultLevels = (metadataLevel: number): Map<string, number> =>
  new Map(features.map(({ name, level, from }) => [name, metadataLevel >= from ? level : 0]))

/** Reads `feature=level`; throws for a feature or a level that there is not. */
export function parseFeature(text: string): [string, number] {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`Can't parse feature=level string ${text}: equals sign not found.`)
  const name = text.slice(0, at).trim()
  const level = text.slice(at + 1).trim()
  if (!/^[+-]?\d{1,5}$/.test(level))
    throw new Error(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`)
  const feature = features.find((known) => known.name === name)
  if (name === METADATA_VERSION) return [name, Number(level)]
  if (!feature)
    throw new Error(
      `Unsupported feature: ${name}. Supported features are: ${features
        .map((known) => known.name)
        .sort()
        .join(', ')}`,
    )
  if (Number(level) < 0 || Number(level) > feature.level)
    throw new Error(`No feature:${name} with feature level ${level}`)
  return [name, Number(level)]
}

/** What `feature=level` asks of other features, in the text of Apache's tool; throws for what there is not. */
export function dependencyText(text: string): string {
  const [name = '', version = ''] = text.split(/=(.*)/s).map((part) => part.trim())
  if (!text.includes('='))
    throw new Error(`Invalid feature format: ${text}. Expected format: 'feature=version' (e.g. 'group.version=1')`)
  if (!/^[+-]?\d{1,5}$/.test(version)) throw new Error(`Invalid version format: ${version} for feature ${name}`)
  const level = Number(version)
  if (name === METADATA_VERSION) {
    const release = releaseOf(level)
    if (release === undefined) throw new Error(`Unknown metadata.version ${level}`)
    return `${name}=${level} (${release}) has no dependencies.\n`
  }
  const feature = features.find((known) => known.name === name)
  if (!feature) throw new Error(`Unknown feature: ${name}`)
  if (level < 0 || level > feature.level) throw new Error(`Feature level ${level} is not supported for feature ${name}`)
  if (!('needs' in feature) || level === 0) return `${name}=${level} has no dependencies.\n`
  return `${name}=${level} requires:\n    ${METADATA_VERSION}=${feature.needs} (${releaseOf(feature.needs)})\n`
}

/** The form that a cluster's metadata has, as one number that all of its nodes agree on (KIP-778). */
export const METADATA_VERSION = 'metadata.version'

/** The releases whose form a cluster can have, first the oldest; the first one's level is 7. */
const releases =
  '3.3-IV3 3.4-IV0 3.5-IV0 3.5-IV1 3.5-IV2 3.6-IV0 3.6-IV1 3.6-IV2 3.7-IV0 3.7-IV1 3.7-IV2 3.7-IV3 3.7-IV4 3.8-IV0 3.9-IV0 4.0-IV0 4.0-IV1 4.0-IV2 4.0-IV3 4.1-IV0 4.1-IV1 4.2-IV0 4.2-IV1 4.3-IV0'.split(
    ' ',
  )
/** Apache's tools name the next one already, which no cluster can have yet. */
const COMING = '4.4-IV0'

export const oldestLevel = 7
export const latestLevel = oldestLevel + releases.length - 1
/** The last level that has a name. */
export const namedLevel = latestLevel + 1

/** The levels from which on the metadata can hold something. */
export const MetadataLevel = {
  /** Credentials of SCRAM (KIP-900). */
  scram: 11,
  /** Records that belong together across batches (KIP-868). */
  transactions: 13,
  delegationTokens: 14,
  /** Where controllers are (KIP-919). */
  controllers: 15,
  /** In which of a broker's directories a replica lies (KIP-858). */
  directories: 17,
  /** Eligible leaders outside of the ISR (KIP-966). */
  eligibleLeaders: 23,
  /** Directories that take no new replicas (KIP-1066). */
  cordonedDirectories: 30,
} as const

/** From here on a smaller ISR makes no new leader epoch (KAFKA-15021). */
export const NO_EPOCH_FOR_SHRINK = 12

const changing: readonly number[] = [...Object.values(MetadataLevel), 8]

/** Whether anything between two levels can hold what the lower one cannot. */
export const holdsMore = (lower: number, higher: number): boolean =>
  changing.some((level) => level > lower && level <= higher)

export const releaseOf = (level: number): string | undefined => [...releases, COMING][level - oldestLevel]

/**
 * The level of `3.9-IV0`, or of `3.9` for that release's last one; throws for what is none. What asks about levels, and sets none, may ask
 * about the coming one.
 */
export function levelOf(release: string, purpose: 'set' | 'ask' = 'set'): number {
  const known = purpose === 'set' ? releases : [...releases, COMING]
  const index = known.findLastIndex((one) => one === release || (one !== COMING && one.startsWith(`${release}-IV`)))
  if (index >= 0) return index + oldestLevel
  throw new Error(`Unknown ${METADATA_VERSION} '${release}'. Supported ${METADATA_VERSION} are: ${known.join(', ')}`)
}

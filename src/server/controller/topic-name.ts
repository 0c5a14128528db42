const MAX_LENGTH = 249

/** Why a topic cannot have this name, in Kafka's words; undefined when it can. */
export function topicNameComplaint(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > MAX_LENGTH)
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  return undefined
}

/** Metric names put `_` for `.`, so that two such topics would share them. */
export const collisionKey = (name: string): string => name.replaceAll('.', '_')

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])
export const isInternal = (name: string): boolean => name.startsWith('__') && INTERNAL_TOPICS.has(name)

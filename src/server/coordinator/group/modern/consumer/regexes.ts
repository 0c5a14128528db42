import { KafkaError } from '../../../../../protocol/errors.ts'
import { linearPattern } from '../../../../../std/linear-pattern.ts'
import { checkRe2 } from '../../../../../std/re2.ts'
import type { Decision } from '../../../../machine/runner.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { GroupRecord } from '../../records.ts'
import { metadataHash } from '../metadata-hash.ts'
import { type ConsumerGroup, topicsOf } from './consumer-group.ts'
import type { HeartbeatContext } from './context.ts'
import type { ConsumerMember, ResolvedRegex } from './member.ts'
import { type ConsumerRecord, epochRecord, regexRecord } from './records.ts'

/** Topics are not looked for again sooner than this, and not later than that. */
const REST_MS = 10_000
const REFRESH_MS = 600_000

/** Throws INVALID_REGULAR_EXPRESSION for what is no expression of RE2, or one that is not known here. */
function matcherOf(regex: string): (topic: string) => boolean {
  const wrong = (why: string) =>
    new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${why}.`,
    )
  const complaint = checkRe2(regex)
  if (complaint !== undefined) throw wrong(complaint)
  try {
    return linearPattern(regex)
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(error.message)
    throw error
  }
}

/** What a heartbeat changes of a member's regular expression: whether it is another, and whether the topics of that are known. */
export function noteRegex(
  group: ConsumerGroup,
  { subscribedTopicRegex: before }: ConsumerMember,
  { subscribedTopicRegex: after }: ConsumerMember,
  records: ConsumerRecord[],
): { readonly changed: boolean; readonly resolved: boolean } {
  if (before === after) return { changed: false, resolved: false }
  const readers = group.subscribedRegexes
  if (before !== '' && readers.get(before) === 1) records.push(regexRecord(group.id, before))
  if (after !== '' && !readers.has(after)) {
    matcherOf(after)
    return { changed: true, resolved: false }
  }
  return { changed: true, resolved: after === '' || group.regexes.has(after) }
}

/** The regular expressions of a group whose topics have to be looked for: all of them, when it is time or one is new. */
export function mustResolve(
  group: ConsumerGroup,
  member: ConsumerMember,
  before: ConsumerMember,
  changed: boolean,
  { now, topicsVersion }: HeartbeatContext,
): string[] {
  const wanted = new Set(group.subscribedRegexes.keys())
  if (!changed && wanted.size === 0) return []
  const { subscribedTopicRegex: regex } = member
  const former = before.subscribedTopicRegex
  if (changed && former !== '' && group.subscribedRegexes.get(former) === 1) wanted.delete(former)
  if (regex !== '') wanted.add(regex)
  const known = [...group.regexes.values()]
  const last = Math.max(-1, ...known.map(({ timestamp }) => timestamp))
  if (last >= 0 && now <= last + REST_MS) return []
  const version = Math.max(-1, ...known.map((one) => one.version))
  const due = [...wanted].some((one) => !group.regexes.has(one)) || version < topicsVersion || now > last + REFRESH_MS
  return due ? [...wanted] : []
}

/** Looks for the topics of regular expressions, among those that the member who asked may know of; the group gets a new epoch when they are not those that it knew. */
export function resolve(
  group: ConsumerGroup,
  regexes: readonly string[],
  { image, now, sees }: { readonly image: MetadataImage; readonly now: number; sees(topic: string): boolean },
): Decision<GroupRecord, void> {
  const readers = group.subscribedRegexes
  const found = new Map(group.regexes)
  const records: ConsumerRecord[] = []
  let changed = false
  for (const regex of regexes) {
    if (!readers.has(regex)) continue
    const matches = matcherOf(regex)
    const topics = new Set([...image.topics.keys()].filter((topic) => matches(topic) && sees(topic)))
    const resolved: ResolvedRegex = { topics, version: image.offset, timestamp: now }
    const known = group.regexes.get(regex)?.topics ?? new Set()
    changed ||= known.size !== topics.size || [...topics].some((topic) => !known.has(topic))
    found.set(regex, resolved)
    records.push(regexRecord(group.id, regex, resolved))
  }
  const hash = metadataHash(image, topicsOf(group.members.values(), found))
  if (changed || hash !== group.metadataHash) records.push(epochRecord(group.id, group.epoch + 1, hash))
  return { records, reply: undefined }
}

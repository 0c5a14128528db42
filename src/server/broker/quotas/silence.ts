import type { Clock } from '../../../runtime/index.ts'
import type { RequestContext, RequestMeter } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import type { Client } from './quota-table.ts'
import type { MutationQuota, Quotas } from './quotas.ts'

type Services = Pick<BrokerServices, 'quotas'>

const clientOf = ({ peer, clientId }: RequestContext): Client => ({ user: peer.principal.name, clientId })

/** Counts what a request has brought. Gives how long its sender is not heard now; milliseconds. */
export function silenceAfterProduce({ quotas }: Services, context: RequestContext): number {
  if (!quotas.has('producer_byte_rate')) return 0
  const silence = quotas.record('producer_byte_rate', clientOf(context), context.size)
  context.peer.mute(silence)
  return silence
}

/** The most that one answer may have: more could never be given. */
export const mostToFetch = ({ quotas }: Services, context: RequestContext): number =>
  quotas.has('consumer_byte_rate') ? quotas.most('consumer_byte_rate', clientOf(context)) : Number.POSITIVE_INFINITY

/** The same for what is about to be sent. `isSent` is false when it has to be asked for once more after the silence. */
export function silenceBeforeFetch(
  { quotas }: Services,
  context: RequestContext,
  bytesOf: () => number,
): { readonly silence: number; readonly isSent: boolean } {
  const bytes = quotas.has('consumer_byte_rate') ? bytesOf() : 0
  if (bytes === 0) return { silence: 0, isSent: true }
  const client = clientOf(context)
  // A batch that is larger than the quota would otherwise never be read.
  const isTooLarge = bytes > quotas.most('consumer_byte_rate', client)
  const silence = isTooLarge
    ? quotas.record('consumer_byte_rate', client, bytes)
    : quotas.admit('consumer_byte_rate', client, bytes)
  context.peer.mute(silence)
  return { silence, isSent: isTooLarge || silence === 0 }
}

/** Counts what was read for a member of a share group, to whom it belongs by now. */
export function silenceAfterSharing({ quotas }: Services, context: RequestContext, bytesOf: () => number): number {
  const bytes = quotas.has('consumer_byte_rate') ? bytesOf() : 0
  if (bytes === 0) return 0
  const silence = quotas.record('consumer_byte_rate', clientOf(context), bytes)
  context.peer.mute(silence)
  return silence
}

/** Has changes of topics counted; the answer says how long the sender is not heard behind it. */
export async function withMutationQuota<R extends object>(
  { quotas }: Services,
  context: RequestContext,
  strictFrom: number,
  change: (quota: MutationQuota) => Promise<R>,
): Promise<R & { readonly throttleTimeMs: number }> {
  const quota = quotas.mutations(clientOf(context), context.version >= strictFrom)
  const answer = await change(quota)
  const throttleTimeMs = quota.throttleMs
  context.peer.mute(throttleTimeMs)
  return { ...answer, throttleTimeMs }
}

/** Nobody has to be silent for longer at a time because of the node's time. */
const LONGEST_MS = 1000

/** Of the time of a request, its part on the event loop until its handler first waits. */
export const requestMeter = (quotas: Quotas, clock: Clock): RequestMeter => ({
  now: () => clock.monotonic(),
  spent: (context, ms) => {
    const silence = Math.min(LONGEST_MS, quotas.record('request_percentage', clientOf(context), ms / 10))
    context.peer.mute(silence)
    return silence
  },
})

import type { FirstVoter } from '../../server/format.ts'
import { parseUuid } from '../../std/uuid.ts'

/** Reads `id@host:port:directory,...`: the voters that a dynamic quorum starts with (KIP-853). Throws Apache's sentences. */
export function parseVoters(text: string, listener: string): FirstVoter[] {
  const words = text.split(',').filter((word) => word.trim() !== '')
  if (words.length === 0) throw new Error('No voters given.')
  const voters = words.map((word) => parseVoter(word.trim(), listener))
  const twice = voters.find(({ id }, at) => voters.findIndex((other) => other.id === id) !== at)
  if (twice) throw new Error(`Node id ${twice.id} was specified more than once.`)
  return voters
}

function parseVoter(text: string, listener: string): FirstVoter {
  const fail = (sentence: string) => new Error(`${sentence} in dynamic voter string.`)
  const at = text.indexOf('@')
  if (at < 0) throw fail('No @ found')
  const id = text.slice(0, at)
  if (!/^[+-]?\d{1,9}$/.test(id)) throw fail('Failed to parse node id')
  const rest = text.slice(at + 1)
  const [, bracketed, plain, after] = /^(?:\[([^\]]*)\]|([^:]*)):(.*)$/.exec(rest) ?? []
  const host = bracketed ?? plain
  if (host === undefined || after === undefined) throw new Error('No colon following hostname could be found.')
  const colon = after.indexOf(':')
  if (colon < 0) throw new Error('No colon following port could be found.')
  const port = after.slice(0, colon)
  if (!/^\d{1,5}$/.test(port)) throw fail('Failed to parse port')
  const directoryId = after.slice(colon + 1)
  if (!parseUuid(directoryId)) throw fail('Failed to parse directory ID')
  return { id: Number(id), directoryId, endpoint: { name: listener, host, port: Number(port) } }
}

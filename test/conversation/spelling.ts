import { KafkaError } from '../../src/protocol/errors.ts'
import type { ClassicGroup, JoinReply } from '../../src/server/coordinator/group/classic-group.ts'
import type { JoinRequest } from '../../src/server/coordinator/group/membership.ts'
import { decodeGroupRecord, encodeGroupRecord, type StoredGroup } from '../../src/server/coordinator/group/records.ts'

/** `name=value` words of a command. */
export type Options = Readonly<Record<string, string>>

const split = (text: string): string[] => (text === '' ? [] : text.split(','))

export function joinRequest(memberId: string, options: Options): JoinRequest {
  const version = Number(options['version'] ?? 9)
  return {
    memberId,
    groupInstanceId: options['instance'] ?? null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: Number(options['session'] ?? 10_000),
    rebalanceTimeoutMs: Number(options['rebalance'] ?? 60_000),
    protocolType: options['type'] ?? 'consumer',
    protocols: split(options['protocols'] ?? 'range').map((text) => {
      const [name = '', metadata = ''] = text.split(':')
      return { name, metadata: Buffer.from(metadata) }
    }),
    requiresMemberId: version >= 4,
    canSkipAssignment: version >= 9,
  }
}

/** Members' ids under the names of their actors; `name.1` is the first id that an actor had, `name` the last. */
export class Names {
  private readonly ids = new Map<string, string>()
  private readonly names = new Map<string, string>()

  learn(actor: string, id: string): void {
    this.ids.set(actor, id)
    if (this.names.has(id)) return
    let count = 1
    while (this.ids.has(`${actor}.${count}`)) count++
    this.ids.set(`${actor}.${count}`, id)
    this.names.set(id, count === 1 ? actor : `${actor}.${count}`)
  }

  has(actor: string): boolean {
    return this.ids.has(actor)
  }

  /** `-` is nobody; an actor without an id stands for itself. */
  id(actor: string): string {
    return actor === '-' ? '' : this.idOr(actor, actor)
  }

  idOr(actor: string, otherwise: string): string {
    return this.ids.get(actor) ?? otherwise
  }

  of(id: string): string {
    return this.names.get(id) ?? (id === '' ? '-' : '?')
  }
}

export const errorName = (code: number): string => new KafkaError(code).error

export function joinText(reply: JoinReply, names: Names): string {
  if (reply.errorCode !== 0) return errorName(reply.errorCode)
  const { generationId, leader, protocolName, members, memberId, skipAssignment } = reply
  const list = members.map((one) => names.of(one.memberId)).join(',')
  const skip = skipAssignment ? ' skip-assignment' : ''
  return `${names.of(memberId)} generation=${generationId} protocol=${protocolName} leader=${names.of(leader)} members=[${list}]${skip}`
}

export function description({ state, generation, leader, members }: ClassicGroup, names: Names): string {
  const list = [...members.values()].map(({ memberId, groupInstanceId, assignment }) => {
    const instance = groupInstanceId === null ? '' : `/${groupInstanceId}`
    return `${names.of(memberId)}${instance}="${assignment}"`
  })
  return `${state} generation=${generation} leader=${names.of(leader ?? '')} [${list.join(' ')}]`
}

/** A group as a new coordinator reads it. */
export function throughRecord(written: StoredGroup | undefined): StoredGroup {
  const { key, value } = encodeGroupRecord({ type: 'group', group: 'g', value: written }, 0)
  const record = decodeGroupRecord(key as Buffer, value as Buffer)
  if (record?.type !== 'group' || !record.value) throw new Error('the group was never written')
  return record.value
}

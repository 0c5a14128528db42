import type { Admin, GroupListing } from '../../client/index.ts'

/** The kinds of groups, as brokers name them. */
export const groupKinds = ['Classic', 'Consumer', 'Share', 'Streams'] as const

export interface GroupFilter {
  /** One of `groupKinds`, in any case. */
  readonly type?: string
  readonly protocol?: string
  /** Groups of consumers of every kind, whatever their protocol. */
  readonly consumers?: boolean
}

/** Groups of all kinds. A broker before 3.8 does not tell the kind: it has classic ones only. */
export async function listAllGroups(admin: Admin, filter: GroupFilter): Promise<GroupListing[]> {
  const groups = await admin.listGroups()
  return groups.map((group) => ({ ...group, type: kindOf(group.type) })).filter((group) => matches(group, filter))
}

const kindOf = (type: string): string =>
  groupKinds.find((kind) => kind.toLowerCase() === type.toLowerCase()) ?? (type || 'Classic')

function matches({ type, protocolType }: GroupListing, filter: GroupFilter): boolean {
  const consumes = type === 'Consumer' || (type === 'Classic' && ['consumer', ''].includes(protocolType))
  if (filter.consumers && !consumes) return false
  if (filter.type !== undefined && filter.type.toLowerCase() !== type.toLowerCase()) return false
  return filter.protocol === undefined || filter.protocol === protocolType
}

import { KafkaError } from '../../../../../protocol/errors.ts'
import type { GroupShard } from '../../shard.ts'
import { ShareGroup } from './share-group.ts'

/** Throws GROUP_ID_NOT_FOUND. */
export function find(shard: GroupShard, groupId: string): ShareGroup {
  const group = shard.get(groupId)
  if (group instanceof ShareGroup) return group
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a share group.`)
}

/** The group, or a new one where that may be made. Throws GROUP_ID_NOT_FOUND. */
export function obtain(shard: GroupShard, groupId: string, mayMake: boolean): ShareGroup {
  if (shard.find(groupId)) return find(shard, groupId)
  if (!mayMake) throw new KafkaError('GROUP_ID_NOT_FOUND', `Share group ${groupId} not found.`)
  return new ShareGroup(groupId)
}

import { DeleteGroups } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { ShareGroup } from '../../coordinator/group/modern/share/share-group.ts'
import { deleteGroup } from '../../coordinator/group/offset-decisions.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'

export function deleteGroups({ groups }: BrokerServices): Handler {
  return handler(DeleteGroups, async ({ groupsNames }, { access }) => ({
    throttleTimeMs: 0,
    results: await Promise.all(
      [...new Set(groupsNames)].map((groupId) =>
        attemptLater(
          async () => {
            access.check('DELETE', 'GROUP', groupId)
            const shard = groups.shard(groupId, true)
            const group = shard.get(groupId)
            if (group instanceof ShareGroup) await groups.shares.administration.prepareDeletion(shard, group)
            await groups.submit(shard, () => deleteGroup(group, shard))
            groups.stop(group)
            return { groupId, errorCode: Errors.NONE as number }
          },
          (error) => ({ groupId, errorCode: error.code }),
        ),
      ),
    ),
  }))
}

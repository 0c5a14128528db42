import { ListGroups } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function listGroups({ groups }: BrokerServices): Handler {
  return handler(ListGroups, ({ statesFilter, typesFilter }) => {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.toLowerCase()))
    const found: { groupId: string; protocolType: string; groupState: string; groupType: string }[] = []
    if (types.size === 0 || types.has('classic'))
      for (const shard of groups.allShards())
        for (const group of shard.all())
          if (states.size === 0 || states.has(group.state.toLowerCase()))
            found.push({
              groupId: group.id,
              protocolType: group.protocolType ?? '',
              groupState: group.state,
              groupType: 'classic',
            })
    return { errorCode: Errors.NONE, groups: found }
  })
}

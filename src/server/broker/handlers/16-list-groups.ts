import { ListGroups } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function listGroups({ groups }: BrokerServices): Handler {
  return handler(ListGroups, ({ statesFilter, typesFilter }, { access }) => {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.toLowerCase()))
    const found: { groupId: string; protocolType: string; groupState: string; groupType: string }[] = []
    const isWanted = (wanted: ReadonlySet<string>, value: string) =>
      wanted.size === 0 || wanted.has(value.toLowerCase())
    const seesAll = access.may('DESCRIBE', 'CLUSTER')
    const isVisible = (groupId: string) => seesAll || access.may('DESCRIBE', 'GROUP', groupId)
    for (const shard of groups.allShards())
      for (const { id: groupId, type: groupType, state: groupState, protocolType } of shard.all())
        if (isWanted(types, groupType) && isWanted(states, groupState) && isVisible(groupId))
          found.push({ groupId, protocolType: protocolType ?? '', groupState, groupType })
    return { errorCode: Errors.NONE, groups: found }
  })
}

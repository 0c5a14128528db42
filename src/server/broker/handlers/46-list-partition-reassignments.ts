import { ListPartitionReassignments } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function listPartitionReassignments(broker: Pick<BrokerServices, 'image'>): Handler {
  return handler(ListPartitionReassignments, ({ topics }, { access }) => {
    access.check('DESCRIBE', 'CLUSTER')
    const { image } = broker
    const names = topics?.map(({ name }) => name) ?? [...image.topics.keys()]
    const moving = names.map((name) => ({
      name,
      partitions: (image.topics.get(name)?.partitions ?? []).flatMap((partition, partitionIndex) => {
        const { replicas, addingReplicas, removingReplicas } = partition
        const asked = topics?.find((topic) => topic.name === name)?.partitionIndexes.includes(partitionIndex) ?? true
        if (!asked || addingReplicas.length + removingReplicas.length === 0) return []
        return [{ partitionIndex, replicas, addingReplicas, removingReplicas }]
      }),
    }))
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      topics: moving.filter(({ partitions }) => partitions.length > 0),
    }
  })
}

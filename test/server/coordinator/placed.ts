import type { PartitionImage } from '../../../src/server/metadata/image.ts'

/** A partition with its only replica on node 1. */
export const placed: PartitionImage = {
  replicas: [1],
  directories: [],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  elr: [],
  lastKnownElr: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 0,
  partitionEpoch: 0,
}

/** Keys and values that streams groups (KIP-1071) have in `__consumer_offsets`. */
import { array, hash64, int8, int16, int32, int64, message, string, struct, uint16 } from '../schema/index.ts'

export const StreamsGroupMetadataKey = message({
  name: 'StreamsGroupMetadataKey',
  key: 17,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

const lastAssignmentConfig = { key: string, value: string }

export const StreamsGroupMetadataValue = message({
  name: 'StreamsGroupMetadataValue',
  key: 17,
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    metadataHash: hash64,
    validatedTopologyEpoch: int32.tag(0).default(-1),
    lastAssignmentConfigs: array(lastAssignmentConfig).tag(1).nullable(),
  },
})

export const StreamsGroupMemberMetadataKey = message({
  name: 'StreamsGroupMemberMetadataKey',
  key: 19,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

const endpoint = { host: string, port: uint16 }

const keyValue = { key: string, value: string }

export const StreamsGroupMemberMetadataValue = message({
  name: 'StreamsGroupMemberMetadataValue',
  key: 19,
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: int32.default(-1),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: struct(endpoint).nullable().default(null),
    clientTags: array(keyValue),
  },
})

export const StreamsGroupTargetAssignmentMetadataKey = message({
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  key: 20,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const StreamsGroupTargetAssignmentMetadataValue = message({
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  key: 20,
  versions: [0, 0],
  flexible: 0,
  fields: { assignmentEpoch: int32, assignmentTimestamp: int64.tag(0).ignorable() },
})

export const StreamsGroupTargetAssignmentMemberKey = message({
  name: 'StreamsGroupTargetAssignmentMemberKey',
  key: 21,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

const taskIds = { subtopologyId: string, partitions: array(int32) }

export const StreamsGroupTargetAssignmentMemberValue = message({
  name: 'StreamsGroupTargetAssignmentMemberValue',
  key: 21,
  versions: [0, 0],
  flexible: 0,
  fields: { activeTasks: array(taskIds), standbyTasks: array(taskIds), warmupTasks: array(taskIds) },
})

export const StreamsGroupCurrentMemberAssignmentKey = message({
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  key: 22,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

const currentTaskIds = {
  subtopologyId: string,
  partitions: array(int32),
  assignmentEpochs: array(int32).tag(0).nullable(),
}

export const StreamsGroupCurrentMemberAssignmentValue = message({
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  key: 22,
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: array(currentTaskIds),
    standbyTasks: array(currentTaskIds),
    warmupTasks: array(currentTaskIds),
    activeTasksPendingRevocation: array(currentTaskIds),
    standbyTasksPendingRevocation: array(currentTaskIds),
    warmupTasksPendingRevocation: array(currentTaskIds),
  },
})

export const StreamsGroupTopologyKey = message({
  name: 'StreamsGroupTopologyKey',
  key: 23,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

const topicConfig = { key: string, value: string }

const topicInfo = { name: string, partitions: int32, replicationFactor: int16, topicConfigs: array(topicConfig) }

export const StreamsGroupTopologyValue = message({
  name: 'StreamsGroupTopologyValue',
  key: 23,
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    subtopologies: array({
      subtopologyId: string,
      sourceTopics: array(string),
      sourceTopicRegex: array(string),
      stateChangelogTopics: array(topicInfo),
      repartitionSinkTopics: array(string),
      repartitionSourceTopics: array(topicInfo),
      copartitionGroups: array({
        sourceTopics: array(int16),
        sourceTopicRegex: array(int16),
        repartitionSourceTopics: array(int16),
      }),
    }),
  },
})

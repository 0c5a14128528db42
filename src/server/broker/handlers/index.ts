import type { Handler } from '../router.ts'
import type { BrokerServices, ControllerServices } from '../services.ts'
import { produce } from './00-produce.ts'
import { fetch } from './01-fetch.ts'
import { fetchMetadata } from './01-fetch-metadata.ts'
import { listOffsets } from './02-list-offsets.ts'
import { metadata } from './03-metadata.ts'
import { offsetCommit } from './08-offset-commit.ts'
import { offsetFetch } from './09-offset-fetch.ts'
import { findCoordinator } from './10-find-coordinator.ts'
import { joinGroup } from './11-join-group.ts'
import { heartbeat } from './12-heartbeat.ts'
import { leaveGroup } from './13-leave-group.ts'
import { syncGroup } from './14-sync-group.ts'
import { describeGroups } from './15-describe-groups.ts'
import { listGroups } from './16-list-groups.ts'
import { apiVersions } from './18-api-versions.ts'
import { createTopicsHandler } from './19-create-topics.ts'
import { deleteTopicsHandler } from './20-delete-topics.ts'
import { deleteRecords } from './21-delete-records.ts'
import { initProducerId } from './22-init-producer-id.ts'
import { offsetForLeaderEpoch } from './23-offset-for-leader-epoch.ts'
import { addPartitionsToTxn } from './24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from './25-add-offsets-to-txn.ts'
import { endTxn } from './26-end-txn.ts'
import { writeTxnMarkers } from './27-write-txn-markers.ts'
import { txnOffsetCommit } from './28-txn-offset-commit.ts'
import { describeAclsHandler } from './29-describe-acls.ts'
import { createAclsHandler } from './30-create-acls.ts'
import { deleteAclsHandler } from './31-delete-acls.ts'
import { describeConfigs } from './32-describe-configs.ts'
import { alterConfigsHandler } from './33-alter-configs.ts'
import { alterReplicaLogDirs } from './34-alter-replica-log-dirs.ts'
import { describeLogDirs } from './35-describe-log-dirs.ts'
import { createPartitionsHandler } from './37-create-partitions.ts'
import { deleteGroups } from './42-delete-groups.ts'
import { electLeadersHandler } from './43-elect-leaders.ts'
import { incrementalAlterConfigsHandler } from './44-incremental-alter-configs.ts'
import { alterPartitionReassignmentsHandler } from './45-alter-partition-reassignments.ts'
import { listPartitionReassignments } from './46-list-partition-reassignments.ts'
import { offsetDelete } from './47-offset-delete.ts'
import { describeClientQuotasHandler } from './48-describe-client-quotas.ts'
import { alterClientQuotasHandler } from './49-alter-client-quotas.ts'
import { describeUserScramCredentials } from './50-describe-user-scram-credentials.ts'
import { alterUserScramCredentials } from './51-alter-user-scram-credentials.ts'
import { vote } from './52-vote.ts'
import { beginQuorumEpoch } from './53-begin-quorum-epoch.ts'
import { endQuorumEpoch } from './54-end-quorum-epoch.ts'
import { describeQuorum } from './55-describe-quorum.ts'
import { alterPartitionHandler } from './56-alter-partition.ts'
import { updateFeaturesHandler } from './57-update-features.ts'
import { envelope } from './58-envelope.ts'
import { fetchSnapshot } from './59-fetch-snapshot.ts'
import { describeCluster } from './60-describe-cluster.ts'
import { describeProducers } from './61-describe-producers.ts'
import { brokerRegistrationHandler } from './62-broker-registration.ts'
import { brokerHeartbeatHandler } from './63-broker-heartbeat.ts'
import { unregisterBrokerHandler } from './64-unregister-broker.ts'
import { describeTransactions } from './65-describe-transactions.ts'
import { listTransactions } from './66-list-transactions.ts'
import { allocateProducerIdsHandler } from './67-allocate-producer-ids.ts'
import { consumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from './69-consumer-group-describe.ts'
import { controllerRegistrationHandler } from './70-controller-registration.ts'
import { assignReplicasToDirsHandler } from './73-assign-replicas-to-dirs.ts'
import { listConfigResources } from './74-list-config-resources.ts'
import { describeTopicPartitions } from './75-describe-topic-partitions.ts'
import { shareGroupHeartbeat } from './76-share-group-heartbeat.ts'
import { shareGroupDescribe } from './77-share-group-describe.ts'
import { shareFetch } from './78-share-fetch.ts'
import { shareAcknowledge } from './79-share-acknowledge.ts'
import { addRaftVoter } from './80-add-raft-voter.ts'
import { removeRaftVoter } from './81-remove-raft-voter.ts'
import { updateRaftVoter } from './82-update-raft-voter.ts'
import { streamsGroupHeartbeat } from './88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from './89-streams-group-describe.ts'
import { describeShareGroupOffsets } from './90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from './91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from './92-delete-share-group-offsets.ts'
import { delegationTokens, describeDelegationTokens } from './delegation-tokens.ts'
import { logins } from './logins.ts'
import { shareState } from './share-state.ts'

type Served = Parameters<typeof apiVersions>[1]

/** What a broker's listener serves where the controller is in the same node. */
export const brokerHandlers = (broker: BrokerServices, served: Served): Handler[] => [
  ...localHandlers(broker, served),
  createTopicsHandler(broker),
  deleteTopicsHandler(broker),
  alterConfigsHandler(broker),
  createPartitionsHandler(broker),
  incrementalAlterConfigsHandler(broker),
  listPartitionReassignments(broker),
  describeQuorum(broker),
  ...administration(broker),
]

/** What a broker answers by itself, from its logs and from the metadata as it knows them. */
export const localHandlers = (broker: BrokerServices, served: Served): Handler[] => [
  produce(broker),
  fetch(broker),
  listOffsets(broker),
  metadata(broker),
  offsetCommit(broker),
  offsetFetch(broker),
  findCoordinator(broker),
  joinGroup(broker),
  heartbeat(broker),
  leaveGroup(broker),
  syncGroup(broker),
  describeGroups(broker),
  listGroups(broker),
  consumerGroupHeartbeat(broker),
  consumerGroupDescribe(broker),
  streamsGroupHeartbeat(broker),
  streamsGroupDescribe(broker),
  apiVersions(broker, served),
  deleteRecords(broker),
  initProducerId(broker),
  offsetForLeaderEpoch(broker),
  describeConfigs(broker),
  alterReplicaLogDirs(broker),
  describeLogDirs(broker),
  deleteGroups(broker),
  offsetDelete(broker),
  describeCluster(broker, 'brokers'),
  describeProducers(broker),
  listConfigResources(broker),
  describeTopicPartitions(broker),
  describeUserScramCredentials(broker),
  describeClientQuotasHandler(broker),
  describeAclsHandler(broker),
  describeDelegationTokens(broker),
  ...logins(broker),
  ...transactions(broker),
  ...shareGroups(broker),
]

const transactions = (broker: BrokerServices): Handler[] => [
  addPartitionsToTxn(broker),
  addOffsetsToTxn(broker),
  endTxn(broker),
  writeTxnMarkers(broker),
  txnOffsetCommit(broker),
  describeTransactions(broker),
  listTransactions(broker),
]

const shareGroups = (broker: BrokerServices): Handler[] => [
  shareGroupHeartbeat(broker),
  shareGroupDescribe(broker),
  shareFetch(broker),
  shareAcknowledge(broker),
  ...shareState(broker),
  describeShareGroupOffsets(broker),
  alterShareGroupOffsets(broker),
  deleteShareGroupOffsets(broker),
]

/** What a controller decides or refuses: brokers hand it on, and administrators may ask a controller itself. */
const administration = (broker: ControllerServices): Handler[] => [
  createAclsHandler(broker),
  deleteAclsHandler(broker),
  ...delegationTokens(broker),
  electLeadersHandler(broker),
  alterPartitionReassignmentsHandler(broker),
  alterClientQuotasHandler(broker),
  alterUserScramCredentials(broker),
  updateFeaturesHandler(broker),
  unregisterBrokerHandler(broker),
  addRaftVoter(broker),
  removeRaftVoter(broker),
]

/** What the brokers of the cluster ask of a controller. */
const forBrokers = (broker: ControllerServices): Handler[] => [
  fetchMetadata(broker),
  fetchSnapshot(broker),
  alterPartitionHandler(broker),
  envelope(broker),
  // A quorum of one has nobody to talk to.
  ...(broker.elections
    ? [vote(broker), beginQuorumEpoch(broker), endQuorumEpoch(broker), updateRaftVoter(broker)]
    : []),
  controllerRegistrationHandler(broker),
  brokerRegistrationHandler(broker),
  brokerHeartbeatHandler(broker),
  allocateProducerIdsHandler(broker),
  assignReplicasToDirsHandler(broker),
]

/** What a controller's listener serves. */
export const controllerHandlers = (broker: ControllerServices, served: Served): Handler[] => [
  apiVersions(broker, served),
  createTopicsHandler(broker),
  deleteTopicsHandler(broker),
  describeConfigs(broker),
  alterConfigsHandler(broker, true),
  createPartitionsHandler(broker),
  incrementalAlterConfigsHandler(broker, true),
  listPartitionReassignments(broker),
  describeQuorum(broker),
  describeCluster(broker, 'controllers'),
  describeAclsHandler(broker),
  describeDelegationTokens(broker),
  ...logins(broker),
  ...forBrokers(broker),
  ...administration(broker),
]

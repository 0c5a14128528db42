import { adminConfig } from '../../config/client.ts'
import { withProviders } from '../../config/config-providers.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { Cluster } from '../cluster.ts'
import { topicError } from '../errors.ts'
import { commitGroupOffsets, fetchGroupOffsets, type GroupOffsets, type GroupOffsetsOptions } from '../group-offsets.ts'
import { type ListedOffset, type ListOffsetsItem, type ListOffsetsOptions, listOffsets } from '../list-offsets.ts'
import type { VersionRange } from '../node.ts'
import type {
  ClientHooks,
  ClientMetric,
  ClientProperties,
  CommitOffset,
  Node,
  PartitionInfo,
  TopicPartition,
} from '../types.ts'
import * as acls from './acls.ts'
import * as info from './cluster-info.ts'
import * as configs from './configs.ts'
import * as tokens from './delegation-tokens.ts'
import * as features from './features.ts'
import * as groups from './groups.ts'
import * as logDirs from './log-dirs.ts'
import * as membership from './membership.ts'
import * as offsets from './offsets.ts'
import * as quotas from './quotas.ts'
import * as reassignments from './reassignments.ts'
import * as replicas from './replica-fetch.ts'
import { type RequestOptions, sendRequest } from './requests.ts'
import * as scram from './scram.ts'
import * as shareGroups from './share-groups.ts'
import * as streamsGroups from './streams-groups.ts'
import * as topics from './topics.ts'
import * as transactions from './transactions.ts'
import type * as t from './types.ts'

/**
 * What operators ask of a cluster. Calls for many items give a map with a result or a `KafkaError` for each; a call that fails as a whole
 * rejects, with a `TimeoutError` after `default.api.timeout.ms`.
 */
export class Admin {
  /** Names of properties that no admin client has. */
  readonly unknown: readonly string[]
  private readonly cluster: Cluster

  /** Throws `ConfigError` for a bad property. */
  constructor(properties: ClientProperties, runtime: Runtime, hooks: ClientHooks = {}) {
    const { values, unknown, remarks } = adminConfig(withProviders(properties, runtime, hooks.remark))
    for (const remark of remarks) hooks.remark?.(remark)
    this.unknown = unknown
    this.cluster = new Cluster(values, runtime, values['default.api.timeout.ms'], hooks, 'adminclient', 'admin-client')
  }

  listTopics(options: { readonly includeInternal?: boolean } = {}): Promise<t.TopicListing[]> {
    return topics.listTopics(this.cluster, options.includeInternal ?? false)
  }

  describeTopics(
    names: readonly string[],
    options: topics.DescribeTopicsOptions = {},
  ): Promise<Map<string, t.TopicDescription | KafkaError>> {
    return topics.describeTopics(this.cluster, names, options)
  }

  describeTopicsById(ids: readonly Uuid[]): Promise<Map<Uuid, t.TopicDescription | KafkaError>> {
    return topics.describeTopicsById(this.cluster, ids)
  }

  createTopics(
    list: readonly t.NewTopic[],
    options: topics.CreateTopicsOptions = {},
  ): Promise<Map<string, t.CreatedTopic | KafkaError>> {
    return topics.createTopics(this.cluster, list, options)
  }

  deleteTopics(
    names: readonly string[],
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Map<string, KafkaError | undefined>> {
    return topics.deleteTopics(this.cluster, names, options.timeoutMs)
  }

  createPartitions(
    list: readonly t.NewPartitions[],
    options: topics.CreateTopicsOptions = {},
  ): Promise<Map<string, KafkaError | undefined>> {
    return topics.createPartitions(this.cluster, list, options)
  }

  /** By `resourceKey`: `topic:t`, `broker:1`. */
  describeConfigs(
    resources: readonly t.ConfigResource[],
    options: configs.DescribeConfigsOptions = {},
  ): Promise<Map<string, t.ConfigDescription | KafkaError>> {
    return configs.describeConfigs(this.cluster, resources, options)
  }

  incrementalAlterConfigs(
    alterations: readonly t.ConfigAlteration[],
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<Map<string, KafkaError | undefined>> {
    return configs.incrementalAlterConfigs(this.cluster, alterations, options.validateOnly ?? false)
  }

  listConfigResources(types: readonly t.ConfigResourceType[] = []): Promise<t.ConfigResource[]> {
    return configs.listConfigResources(this.cluster, types)
  }

  describeCluster(options: { readonly includeFencedBrokers?: boolean } = {}): Promise<t.ClusterDescription> {
    return info.describeCluster(this.cluster, options.includeFencedBrokers ?? false)
  }

  describeLogDirs(brokers?: readonly number[]): Promise<Map<number, readonly t.LogDirDescription[] | KafkaError>> {
    return logDirs.describeLogDirs(this.cluster, brokers)
  }

  /** The results are by `topic-partition-broker`. */
  alterReplicaLogDirs(moves: readonly t.ReplicaMove[]): Promise<Map<string, KafkaError | undefined>> {
    return logDirs.alterReplicaLogDirs(this.cluster, moves)
  }

  deleteRecords(items: readonly offsets.DeleteRecordsItem[]): Promise<Map<string, number | KafkaError>> {
    return offsets.deleteRecords(this.cluster, items)
  }

  listOffsets(
    items: readonly ListOffsetsItem[],
    options: ListOffsetsOptions = {},
  ): Promise<Map<string, ListedOffset | KafkaError>> {
    return listOffsets(this.cluster, items, options)
  }

  listGroups(options: groups.ListGroupsOptions = {}): Promise<t.GroupListing[]> {
    return groups.listGroups(this.cluster, options)
  }

  describeShareGroups(ids: readonly string[]): Promise<Map<string, t.ShareGroupDescription | KafkaError>> {
    return shareGroups.describeShareGroups(this.cluster, ids)
  }

  listShareGroupOffsets(
    ids: readonly string[],
  ): Promise<Map<string, Map<string, t.SharePartitionOffset> | KafkaError>> {
    return shareGroups.listShareGroupOffsets(this.cluster, ids)
  }

  alterShareGroupOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
  ): Promise<Map<string, KafkaError | undefined>> {
    return shareGroups.alterShareGroupOffsets(this.cluster, groupId, offsets)
  }

  deleteShareGroupOffsets(groupId: string, topics: readonly string[]): Promise<Map<string, KafkaError | undefined>> {
    return shareGroups.deleteShareGroupOffsets(this.cluster, groupId, topics)
  }

  describeStreamsGroups(ids: readonly string[]): Promise<Map<string, t.StreamsGroupDescription | KafkaError>> {
    return streamsGroups.describeStreamsGroups(this.cluster, ids)
  }

  describeConsumerGroups(ids: readonly string[]): Promise<Map<string, t.ConsumerGroupDescription | KafkaError>> {
    return groups.describeConsumerGroups(this.cluster, ids)
  }

  listConsumerGroupOffsets(
    ids: readonly string[],
    options: GroupOffsetsOptions = {},
  ): Promise<Map<string, GroupOffsets | KafkaError>> {
    return fetchGroupOffsets(this.cluster, ids, options)
  }

  alterConsumerGroupOffsets(id: string, list: readonly CommitOffset[]): Promise<Map<string, KafkaError | undefined>> {
    return commitGroupOffsets(this.cluster, id, list)
  }

  deleteConsumerGroupOffsets(
    id: string,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, KafkaError | undefined>> {
    return groups.deleteConsumerGroupOffsets(this.cluster, id, partitions)
  }

  deleteConsumerGroups(ids: readonly string[]): Promise<Map<string, KafkaError | undefined>> {
    return groups.deleteConsumerGroups(this.cluster, ids)
  }

  removeMembers(
    id: string,
    members: readonly groups.MemberToRemove[] = [],
    reason = 'Removed by an operator',
  ): Promise<Map<string, KafkaError | undefined>> {
    return groups.removeMembers(this.cluster, id, members, reason)
  }

  /** What leaders know of the producers of their partitions, or what one broker does; by partition key. */
  describeProducers(
    partitions: readonly TopicPartition[],
    broker?: number,
  ): Promise<Map<string, readonly t.ProducerState[] | KafkaError>> {
    return transactions.describeProducers(this.cluster, partitions, broker)
  }

  /** What one broker has of partitions, whether it leads them or not; by partition key. */
  fetchFromReplica(
    broker: number,
    positions: readonly replicas.ReplicaPosition[],
    options: replicas.ReplicaFetchOptions,
  ): Promise<Map<string, replicas.ReplicaRecords | KafkaError>> {
    return replicas.fetchFromReplica(this.cluster, broker, positions, options)
  }

  listTransactions(options: transactions.ListTransactionsOptions = {}): Promise<t.TransactionListing[]> {
    return transactions.listTransactions(this.cluster, options)
  }

  describeTransactions(ids: readonly string[]): Promise<Map<string, t.TransactionDescription | KafkaError>> {
    return transactions.describeTransactions(this.cluster, ids)
  }

  /** Ends a transaction in one partition that no coordinator knows of any more. */
  abortTransaction(transaction: transactions.TransactionToAbort): Promise<void> {
    return transactions.abortTransaction(this.cluster, transaction)
  }

  /** Fences the producer with a transactional id, which aborts its open transaction. */
  fenceProducer(transactionalId: string): Promise<void> {
    return transactions.fenceProducer(this.cluster, transactionalId)
  }

  listPartitionReassignments(partitions?: readonly TopicPartition[]): Promise<t.PartitionReassignment[]> {
    return info.listPartitionReassignments(this.cluster, partitions)
  }

  /** By partition key. */
  alterPartitionReassignments(
    list: readonly reassignments.NewReassignment[],
    options: { readonly allowReplicationFactorChange?: boolean } = {},
  ): Promise<Map<string, KafkaError | undefined>> {
    return reassignments.alterPartitionReassignments(this.cluster, list, options)
  }

  /** Of the given partitions, or of all; by partition key. */
  electLeaders(
    type: reassignments.ElectionType,
    partitions?: readonly TopicPartition[],
  ): Promise<Map<string, KafkaError | undefined>> {
    return reassignments.electLeaders(this.cluster, type, partitions)
  }

  /** Sends one request of the protocol as it is; an error that its answer tells of is part of the answer. */
  send<A extends Api>(
    api: A,
    request: RequestInput<A>,
    options: RequestOptions = {},
  ): Promise<{ readonly version: number; readonly response: ResponseOf<A> }> {
    return sendRequest(this.cluster, api, request, options)
  }

  describeFeatures(node?: number): Promise<features.FeatureSet> {
    return features.describeFeatures(this.cluster, node)
  }

  updateFeatures(
    updates: readonly features.FeatureUpdate[],
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<Map<string, KafkaError | undefined>> {
    return features.updateFeatures(this.cluster, updates, options.validateOnly ?? false)
  }

  describeClientQuotas(filters: readonly quotas.QuotaFilter[], strict = false): Promise<quotas.DescribedQuotas[]> {
    return quotas.describeClientQuotas(this.cluster, filters, strict)
  }

  alterClientQuotas(alteration: quotas.QuotaAlteration): Promise<void> {
    return quotas.alterClientQuotas(this.cluster, alteration)
  }

  /** Rejects with a `KafkaError` on channels without a login, and on those that a token logged in on. */
  createDelegationToken(options: tokens.CreateTokenOptions = {}): Promise<tokens.DelegationToken> {
    return tokens.createDelegationToken(this.cluster, options)
  }

  /** Gives the new end of a token, in milliseconds since 1970; a period of -1 is the brokers' usual time. */
  renewDelegationToken(hmac: Buffer, periodMs: number): Promise<number> {
    return tokens.renewDelegationToken(this.cluster, hmac, periodMs)
  }

  /** Gives the end of a token, in milliseconds since 1970; a period of -1 ends it at once. */
  expireDelegationToken(hmac: Buffer, periodMs: number): Promise<number> {
    return tokens.expireDelegationToken(this.cluster, hmac, periodMs)
  }

  /** Of some owners, or all that the user may see. */
  describeDelegationTokens(owners?: readonly tokens.Principal[]): Promise<tokens.DelegationToken[]> {
    return tokens.describeDelegationTokens(this.cluster, owners)
  }

  describeScramCredentials(
    users?: readonly string[],
  ): Promise<Map<string, readonly scram.ScramCredential[] | KafkaError>> {
    return scram.describeScramCredentials(this.cluster, users)
  }

  alterScramCredentials(list: readonly scram.ScramAlteration[]): Promise<Map<string, KafkaError | undefined>> {
    return scram.alterScramCredentials(this.cluster, list)
  }

  describeAcls(filter: acls.AclFilter): Promise<acls.Acl[]> {
    return acls.describeAcls(this.cluster, filter)
  }

  createAcls(list: readonly acls.Acl[]): Promise<void> {
    return acls.createAcls(this.cluster, list)
  }

  deleteAcls(filters: readonly acls.AclFilter[]): Promise<void> {
    return acls.deleteAcls(this.cluster, filters)
  }

  describeMetadataQuorum(): Promise<t.QuorumDescription> {
    return info.describeMetadataQuorum(this.cluster)
  }

  /** Takes a broker that is gone for good off the cluster's list. */
  unregisterBroker(id: number): Promise<void> {
    return membership.unregisterBroker(this.cluster, id)
  }

  /** Lets a controller that has caught up vote; rejects with DUPLICATE_VOTER, or UNSUPPORTED_VERSION at kraft.version 0 (KIP-853). */
  addRaftVoter(voter: membership.RaftVoter, endpoints: readonly membership.RaftEndpoint[]): Promise<void> {
    return membership.addRaftVoter(this.cluster, voter, endpoints)
  }

  /** Takes a controller its vote; rejects with VOTER_NOT_FOUND, or UNSUPPORTED_VERSION at kraft.version 0 (KIP-853). */
  removeRaftVoter(voter: membership.RaftVoter): Promise<void> {
    return membership.removeRaftVoter(this.cluster, voter)
  }

  /** What a broker offers, by api key. */
  apiVersions(nodeId: number): Promise<ReadonlyMap<number, VersionRange>> {
    return this.cluster.retry({ call: 'apiVersions' }, async () => {
      if (!this.cluster.metadata.node(nodeId)) await this.cluster.refresh()
      const node = this.cluster.node(nodeId)
      if (!node) throw new KafkaError('BROKER_NOT_AVAILABLE', `There is no broker ${nodeId} in the cluster.`)
      return node.ranges()
    })
  }

  async nodes(): Promise<Node[]> {
    await this.cluster.refreshUntil({ call: 'listNodes' })
    return this.cluster.metadata.allNodes()
  }

  /** Leaders, replicas and ISR of topics as clients see them; throws when a topic is unknown. */
  async partitions(names: readonly string[]): Promise<PartitionInfo[]> {
    for (const name of names) this.cluster.wanted.add(name)
    await this.cluster.refreshUntil({ call: 'describePartitions' })
    return names.flatMap((name) => {
      const topic = this.cluster.metadata.topic(name)
      if (!topic) throw topicError(this.cluster.metadata.errorOf(name) || 'UNKNOWN_TOPIC_OR_PARTITION', name)
      return topic.partitions.filter((partition) => partition !== undefined)
    })
  }

  /** What goes to brokers and comes from them, under the names of Apache's admin client. */
  metrics(): ClientMetric[] {
    return this.cluster.metrics.list()
  }

  close(): Promise<void> {
    this.cluster.close()
    return Promise.resolve()
  }
}

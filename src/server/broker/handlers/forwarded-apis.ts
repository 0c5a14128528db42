import {
  AddRaftVoter,
  AlterClientQuotas,
  AlterConfigs,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  CreateAcls,
  CreateDelegationToken,
  CreatePartitions,
  CreateTopics,
  DeleteAcls,
  DeleteTopics,
  DescribeQuorum,
  ElectLeaders,
  ExpireDelegationToken,
  IncrementalAlterConfigs,
  ListPartitionReassignments,
  RemoveRaftVoter,
  RenewDelegationToken,
  UnregisterBroker,
  UpdateFeatures,
} from '../../../protocol/apis/index.ts'
import type { Api } from '../../../protocol/schema/index.ts'

/** What brokers hand on to the controller in a client's name (KIP-590): as it is, ... */
export const plain = [
  CreateTopics,
  DeleteTopics,
  CreatePartitions,
  CreateAcls,
  DeleteAcls,
  ElectLeaders,
  AlterPartitionReassignments,
  ListPartitionReassignments,
  AlterClientQuotas,
  AlterUserScramCredentials,
  DescribeQuorum,
  UpdateFeatures,
  UnregisterBroker,
  AddRaftVoter,
  RemoveRaftVoter,
] as unknown as Api[]

/** ... by those who have not logged in with a token themselves, ... */
export const tokens = [CreateDelegationToken, RenewDelegationToken, ExpireDelegationToken] as unknown as Api[]

/** ... and what they look at first. */
export const configs = [AlterConfigs, IncrementalAlterConfigs] as unknown as Api[]

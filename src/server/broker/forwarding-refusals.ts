import type {
  AlterClientQuotas,
  AlterConfigs,
  AlterUserScramCredentials,
  CreateAcls,
  CreatePartitions,
  CreateTopics,
  DeleteAcls,
  DeleteTopics,
  ElectLeaders,
} from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { Api, RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../std/uuid.ts'

interface Fault {
  readonly errorCode: number
  readonly errorMessage: string
}

type Refusal = (request: never, fault: Fault) => object

const refusal = <A extends Api>(make: (request: RequestOf<A>, fault: Fault) => ResponseInput<A>): Refusal =>
  make as unknown as Refusal

const throttleTimeMs = 0

const configs = refusal<typeof AlterConfigs>(({ resources }, fault) => ({
  throttleTimeMs,
  responses: resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...fault })),
}))

/** Answers whose errors are in rows, one for each that was asked for: by the name of the API. */
const refusals: Readonly<Record<string, Refusal>> = {
  CreateTopics: refusal<typeof CreateTopics>(({ topics }, fault) => ({
    topics: topics.map(({ name }) => ({ name, ...fault })),
  })),
  DeleteTopics: refusal<typeof DeleteTopics>(({ topics, topicNames }, fault) => ({
    responses: [
      ...topics.map(({ name, topicId }) => ({ name, topicId, ...fault })),
      ...topicNames.map((name) => ({ name, topicId: ZERO_UUID, ...fault })),
    ],
  })),
  CreatePartitions: refusal<typeof CreatePartitions>(({ topics }, fault) => ({
    throttleTimeMs,
    results: topics.map(({ name }) => ({ name, ...fault })),
  })),
  CreateAcls: refusal<typeof CreateAcls>(({ creations }, fault) => ({
    throttleTimeMs,
    results: creations.map(() => fault),
  })),
  DeleteAcls: refusal<typeof DeleteAcls>(({ filters }, fault) => ({
    throttleTimeMs,
    filterResults: filters.map(() => ({ ...fault, matchingAcls: [] })),
  })),
  AlterConfigs: configs,
  IncrementalAlterConfigs: configs,
  AlterClientQuotas: refusal<typeof AlterClientQuotas>(({ entries }, fault) => ({
    throttleTimeMs,
    entries: entries.map(({ entity }) => ({ ...fault, entity })),
  })),
  AlterUserScramCredentials: refusal<typeof AlterUserScramCredentials>(({ deletions, upsertions }, fault) => ({
    throttleTimeMs,
    results: [...new Set([...deletions, ...upsertions].map(({ name }) => name))].map((user) => ({ user, ...fault })),
  })),
  ElectLeaders: refusal<typeof ElectLeaders>(({ topicPartitions }, fault) => ({
    throttleTimeMs,
    errorCode: fault.errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...fault })),
    })),
  })),
}

/** The answer to a request that the controller could not be asked; undefined where the API has one place for errors of the whole request. */
export function refusalOf(api: Api, request: RequestOf<Api>, error: KafkaError): ResponseInput<Api> | undefined {
  const fault = { errorCode: error.code, errorMessage: error.message }
  return refusals[api.name]?.(request as never, fault) as ResponseInput<Api> | undefined
}

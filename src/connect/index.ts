export {
  type ConfigKey,
  type ConfigKeyType,
  type ConnectorConfig,
  type ConnectorContext,
  SinkConnector,
  SinkTask,
  type SinkTaskContext,
  SourceConnector,
  SourceTask,
  type SourceTaskContext,
} from './connector.ts'
export type { Converter, HeaderConverter } from './converters/converter.ts'
export { JsonConverter } from './converters/json-converter.ts'
export { DecimalValue } from './data/decimal.ts'
export { ConnectError, DataError, RetriableError } from './data/errors.ts'
export { dateSchema, decimalSchema, timeSchema, timestampSchema } from './data/logical.ts'
export { type Field, Schema, type SchemaAndValue, type SchemaOptions, type SchemaType } from './data/schema.ts'
export { Struct } from './data/struct.ts'
export type { DistributedWorkerOptions } from './distributed/distributed-worker.ts'
export { DistributedWorker } from './distributed/distributed-worker.ts'
export type { PartitionOffset } from './offsets/source-offsets.ts'
export type {
  ConnectHeader,
  ConnectRecord,
  SinkRecord,
  SourceOffset,
  SourcePartition,
  SourceRecord,
} from './records.ts'
export type { RestServer } from './rest/serve.ts'
export { Predicate, Transformation } from './transforms/transformation.ts'
export type { ConnectorRunner, TargetState } from './worker/connector-runner.ts'
export { RequestError } from './worker/request-error.ts'
export { StandaloneWorker, type StandaloneWorkerOptions } from './worker/standalone-worker.ts'

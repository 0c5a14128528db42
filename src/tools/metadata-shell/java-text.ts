import { aclOperations, aclPermissions, aclResourceTypes, patternTypes } from '../../client/index.ts'
import type { BrokerImage, PartitionImage } from '../../server/metadata/image.ts'
import type { FieldsOf } from '../../server/metadata/records.ts'

/** Parts of the metadata as the `toString` of Java's classes writes them. */

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']
const optional = (value: string | null): string => (value === null ? 'Optional.empty' : `Optional[${value}]`)

interface Endpoint {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly securityProtocol: number
}
const endpoints = (list: readonly Endpoint[]): string => {
  const texts = list.map(
    ({ name, host, port, securityProtocol }) =>
      `Endpoint(listenerName='${name}', securityProtocol=${protocols[securityProtocol]}, host='${host}', port=${port})`,
  )
  return `[${texts.join(', ')}]`
}

interface Feature {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}
const features = (list: readonly Feature[]): string => {
  const sorted = list.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `{${sorted.map((one) => `${one.name}: ${one.minSupportedVersion}-${one.maxSupportedVersion}`).join(', ')}}`
}

export function brokerText({ id, epoch, rack, record, ...broker }: BrokerImage): string {
  const { features: supported, logDirs, cordonedLogDirs } = record.fields as FieldsOf<'RegisterBrokerRecord'>
  return `BrokerRegistration(id=${id}, epoch=${epoch}, incarnationId=${broker.incarnationId}, listeners=${endpoints(broker.endpoints)}, supportedFeatures=${features(supported)}, rack=${optional(rack)}, fenced=${broker.fenced}, inControlledShutdown=${broker.inControlledShutdown}, isMigratingZkBroker=false, directories=[${logDirs.join(', ')}], cordonedDirectories=[${(cordonedLogDirs ?? []).join(', ')}])`
}

export const controllerText = (fields: FieldsOf<'RegisterControllerRecord'>): string =>
  `ControllerRegistration(id=${fields.controllerId}, incarnationId=${fields.incarnationId}, zkMigrationReady=${fields.zkMigrationReady}, listeners=${endpoints(fields.endPoints)}, supportedFeatures=${features(fields.features)})`

export function partitionText(partition: PartitionImage): string {
  const list = (items: readonly (string | number)[]) => `[${items.join(', ')}]`
  return `PartitionRegistration(replicas=${list(partition.replicas)}, directories=${list(partition.directories)}, isr=${list(partition.isr)}, removingReplicas=${list(partition.removingReplicas)}, addingReplicas=${list(partition.addingReplicas)}, elr=${list(partition.elr)}, lastKnownElr=${list(partition.lastKnownElr)}, leader=${partition.leader}, leaderRecoveryState=${partition.leaderRecoveryState === 0 ? 'RECOVERED' : 'RECOVERING'}, leaderEpoch=${partition.leaderEpoch}, partitionEpoch=${partition.partitionEpoch})`
}

export const scramText = ({ salt, storedKey, serverKey, iterations }: FieldsOf<'UserScramCredentialRecord'>): string =>
  `ScramCredentialData(salt=${salt.toString('hex')}, storedKey=${storedKey.toString('hex')}, serverKey=${serverKey.toString('hex')}, iterations=${iterations})`

export const aclText = (acl: FieldsOf<'AccessControlEntryRecord'>): string =>
  `StandardAcl[resourceType=${aclResourceTypes[acl.resourceType]}, resourceName=${acl.resourceName}, patternType=${patternTypes[acl.patternType]}, principal=${acl.principal}, host=${acl.host}, operation=${aclOperations[acl.operation]}, permissionType=${aclPermissions[acl.permissionType]}]`

export const tokenText = (token: FieldsOf<'DelegationTokenRecord'>): string =>
  `owner=${token.owner}, requester=${token.requester}, renewers=[${token.renewers.join(', ')}], issued=${token.issueTimestamp}, expires=${token.expirationTimestamp}, latest=${token.maxTimestamp}`

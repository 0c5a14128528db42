import type { Peer } from '../../../network/frame-handler.ts'
import {
  type AclOperation,
  type AclResourceType,
  CLUSTER_NAME,
  OperationNumber,
  operationsOf,
} from '../../../protocol/acl.ts'
import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { plainAddress } from '../../../std/ip-address.ts'
import { type Authorizer, nameOf, type Requester } from './authorizer.ts'
import type { DenialLog } from './denial-log.ts'

/** What the one who sent a request may do. */
export interface Access {
  may(operation: AclOperation, type: AclResourceType, name?: string): boolean
  /** The same for what was asked for by name: the log hears of a refusal, which is given. */
  refusal(operation: AclOperation, type: AclResourceType, name?: string): KafkaError | undefined
  /** Throws the refusal. */
  check(operation: AclOperation, type: AclResourceType, name?: string): void
  /** Whether there could be a resource of the type with which it is allowed. */
  mayWithAny(operation: AclOperation, type: AclResourceType): boolean
  /** All that may be done with a resource, as bits (KIP-430). */
  operations(type: AclResourceType, name?: string): number
}

/** Error codes by the kind of resource; of users only tokens are asked for. */
const refusals: Partial<Record<AclResourceType, ErrorName>> = {
  TOPIC: 'TOPIC_AUTHORIZATION_FAILED',
  GROUP: 'GROUP_AUTHORIZATION_FAILED',
  CLUSTER: 'CLUSTER_AUTHORIZATION_FAILED',
  TRANSACTIONAL_ID: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  DELEGATION_TOKEN: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  USER: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
}

/** What an answer says of an error beside its code: of groups and topics that a whole request is refused for, nothing, as Apache's. */
export const sentenceOf = ({ error, message }: KafkaError): string | null =>
  error === 'GROUP_AUTHORIZATION_FAILED' || error === 'TOPIC_AUTHORIZATION_FAILED' ? null : message

/** The cluster is the only resource of its type, and need not be named. */
const nameFor = (type: AclResourceType, name: string | undefined): string =>
  name ?? (type === 'CLUSTER' ? CLUSTER_NAME : '')

function bits(type: AclResourceType, isAllowed: (operation: AclOperation) => boolean): number {
  let sum = 0
  for (const operation of operationsOf[type] ?? [])
    if (operation !== 'ALL' && isAllowed(operation)) sum |= 1 << OperationNumber[operation]
  return sum
}

/** Where there is no authorizer everybody may do everything. */
export const everything: Access = {
  may: () => true,
  refusal: () => undefined,
  check: () => {},
  mayWithAny: () => true,
  operations: (type) => bits(type, () => true),
}

/** What ACLs let one user do, from one address. */
export class UserAccess implements Access {
  private readonly requester: Requester

  constructor(
    private readonly authorizer: Authorizer,
    { principal, remoteAddress }: Pick<Peer, 'principal' | 'remoteAddress'>,
    private readonly denials: DenialLog,
  ) {
    this.requester = { principal, hosts: spellings(remoteAddress) }
  }

  may(operation: AclOperation, type: AclResourceType, name?: string): boolean {
    return this.authorizer.allows(this.requester, operation, type, nameFor(type, name))
  }

  refusal(operation: AclOperation, type: AclResourceType, name?: string): KafkaError | undefined {
    if (this.may(operation, type, name)) return undefined
    this.denials.note(nameOf(this.requester), this.requester.hosts[0] as string, operation, type, nameFor(type, name))
    return new KafkaError(refusals[type] ?? 'CLUSTER_AUTHORIZATION_FAILED')
  }

  check(operation: AclOperation, type: AclResourceType, name?: string): void {
    const refusal = this.refusal(operation, type, name)
    if (refusal) throw refusal
  }

  mayWithAny(operation: AclOperation, type: AclResourceType): boolean {
    return this.authorizer.allowsOnAny(this.requester, operation, type)
  }

  operations(type: AclResourceType, name?: string): number {
    return bits(type, (operation) => this.may(operation, type, name))
  }
}

/** An address of IPv6 has its zeros written out in Java, and so in ACLs that were made for its brokers. */
function spellings(remoteAddress: string): readonly string[] {
  const address = plainAddress(remoteAddress)
  if (!address.includes(':')) return [address]
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const [before, after] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [address, [...before, ...zeros, ...after].join(':')]
}

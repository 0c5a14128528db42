import { ConfigError } from './define.ts'

/** Who may do what, when ACLs decide it. */
export interface AuthorizerSettings {
  /** May do everything, as `User:name`. */
  readonly superUsers: ReadonlySet<string>
  /** Everybody may do everything with what no ACL speaks of. */
  readonly everyoneWithoutAcl: boolean
}

/** Properties of the authorizer itself; Kafka does not list them among a broker's. */
export const authorizerProperties: readonly string[] = ['super.users', 'allow.everyone.if.no.acl.found']

/** The one that keeps its ACLs in the metadata, and those that kept them in ZooKeeper in former eras. */
const standard = [
  'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'kafka.security.authorizer.AclAuthorizer',
  'kafka.security.auth.SimpleAclAuthorizer',
]

/** Undefined where nobody is kept from anything. Throws a `ConfigError` for a class that is not there, and for names that are no users. */
export function readAuthorizer(
  className: string,
  properties: Readonly<Record<string, string>>,
): AuthorizerSettings | undefined {
  if (className === '') return undefined
  if (!standard.includes(className))
    throw new ConfigError(
      `authorizer.class.name=${className}: classes of one's own are not loaded; ${standard[0]} is there`,
    )
  return {
    superUsers: new Set((properties['super.users'] ?? '').split(';').flatMap(principal)),
    everyoneWithoutAcl: properties['allow.everyone.if.no.acl.found']?.trim().toLowerCase() === 'true',
  }
}

function principal(text: string): string[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const colon = trimmed.indexOf(':')
  if (colon <= 0 || colon === trimmed.length - 1)
    throw new ConfigError(`super.users: expected a string in format principalType:principalName but got ${trimmed}`)
  return [trimmed]
}

import type { Runtime } from '../../../runtime/index.ts'
import { fromUtc } from '../../../std/calendar.ts'
import type { AwsKeys } from './signature.ts'

/** Keys, and until when they may be used, on the wall clock in milliseconds; for ever when that is not said. */
export interface FoundKeys {
  readonly keys: AwsKeys
  readonly usableUntil?: number | undefined
}

export type Surroundings = Pick<Runtime, 'disk' | 'http' | 'environment' | 'clock'>

/** Thrown by a source that was named and has none, with the reason. */
export class NoKeys extends Error {
  override name = 'NoKeys'
}

/** What is not there is found missing soon; milliseconds. */
const NEARBY_MS = 2000
const REMOTE_MS = 10_000

const variable = ({ environment }: Surroundings, name: string): string | undefined => environment?.[name] || undefined

/** `AWS_ACCESS_KEY_ID` and its like. */
export function keysOfEnvironment(surroundings: Surroundings): FoundKeys | undefined {
  const id = variable(surroundings, 'AWS_ACCESS_KEY_ID')
  const secret = variable(surroundings, 'AWS_SECRET_ACCESS_KEY')
  if (id === undefined || secret === undefined) return undefined
  return { keys: { id, secret, token: variable(surroundings, 'AWS_SESSION_TOKEN') } }
}

/** Sections of a file of profiles, by name, with their settings. */
function readProfiles(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let current = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?(.+?)\s*\]/.exec(line)?.[1]
    const setting = /^\s*([^=\s#;]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (section !== undefined) sections.set(section, (current = sections.get(section) ?? new Map()))
    else if (setting) current.set(setting[1] as string, setting[2] as string)
  }
  return sections
}

/** The settings of a profile in the files of Amazon's tools; undefined when neither has it. */
export function profileOf(surroundings: Surroundings, name: string): ReadonlyMap<string, string> | undefined {
  const home = variable(surroundings, 'HOME') ?? variable(surroundings, 'USERPROFILE') ?? '.'
  const files = [
    variable(surroundings, 'AWS_CONFIG_FILE') ?? `${home}/.aws/config`,
    variable(surroundings, 'AWS_SHARED_CREDENTIALS_FILE') ?? `${home}/.aws/credentials`,
  ]
  const found = files.flatMap((file) => {
    const profile = readProfiles(surroundings.disk.readFile(file)?.toString() ?? '').get(name)
    return profile ? [...profile] : []
  })
  return found.length > 0 ? new Map(found) : undefined
}

/** Keys that stand in a profile. Throws `NoKeys` for one that says how to get some instead. */
export function keysOfProfile(surroundings: Surroundings, name: string): FoundKeys | undefined {
  const profile = profileOf(surroundings, name)
  const [id, secret] = [profile?.get('aws_access_key_id'), profile?.get('aws_secret_access_key')]
  if (id && secret) return { keys: { id, secret, token: profile?.get('aws_session_token') } }
  const other = [...(profile?.keys() ?? [])].find((key) =>
    /^(sso_|role_arn|credential_process|credential_source)/.test(key),
  )
  if (other === undefined) return undefined
  throw new NoKeys(
    `the profile ${name} has no keys, but ${other}: run eval "$(aws configure export-credentials --profile ${name} --format env)" first`,
  )
}

/** A role of a service account (EKS), by a token in a file. */
export async function keysOfWebIdentity(surroundings: Surroundings, region: string): Promise<FoundKeys | undefined> {
  const file = variable(surroundings, 'AWS_WEB_IDENTITY_TOKEN_FILE')
  const role = variable(surroundings, 'AWS_ROLE_ARN')
  if (file === undefined || role === undefined) return undefined
  const token = surroundings.disk.readFile(file)?.toString().trim()
  if (!token) throw new NoKeys(`there is no token in ${file}, which AWS_WEB_IDENTITY_TOKEN_FILE names`)
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: variable(surroundings, 'AWS_ROLE_SESSION_NAME') ?? 'kafka-toolset',
    WebIdentityToken: token,
  })
  const url = `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status, body } = await ask(surroundings, {
    method: 'POST',
    url,
    headers,
    body: String(query),
    timeoutMs: REMOTE_MS,
  })
  const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(body)?.[1]
  const [id, secret] = [field('AccessKeyId'), field('SecretAccessKey')]
  if (status !== 200 || id === undefined || secret === undefined)
    throw new NoKeys(`${url} gave no keys for ${role}: it answered ${status} ${field('Message') ?? ''}`.trim())
  return { keys: { id, secret, token: field('SessionToken') }, usableUntil: timeOf(field('Expiration')) }
}

/** Those that a container is given (ECS, EKS). */
export async function keysOfContainer(surroundings: Surroundings): Promise<FoundKeys | undefined> {
  const relative = variable(surroundings, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  const url = relative
    ? `http://169.254.170.2${relative}`
    : variable(surroundings, 'AWS_CONTAINER_CREDENTIALS_FULL_URI')
  if (url === undefined) return undefined
  const file = variable(surroundings, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  const token = file
    ? surroundings.disk.readFile(file)?.toString().trim()
    : variable(surroundings, 'AWS_CONTAINER_AUTHORIZATION_TOKEN')
  const headers: Record<string, string> = token ? { authorization: token } : {}
  const { status, body } = await ask(surroundings, { method: 'GET', url, headers, timeoutMs: NEARBY_MS })
  if (status !== 200) throw new NoKeys(`${url} answered ${status}`)
  return keysOfAnswer(body, url)
}

const METADATA = 'http://169.254.169.254/latest'

/** Those of the role of the machine (EC2, with a session of its metadata service). Undefined where there is no such service. */
export async function keysOfMachine(surroundings: Surroundings): Promise<FoundKeys | undefined> {
  if (variable(surroundings, 'AWS_EC2_METADATA_DISABLED')?.toLowerCase() === 'true') return undefined
  const lifetime = { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }
  const session = await surroundings
    .http({ method: 'PUT', url: `${METADATA}/api/token`, headers: lifetime, timeoutMs: NEARBY_MS })
    .catch(() => undefined)
  if (session?.status !== 200) return undefined
  const headers = { 'x-aws-ec2-metadata-token': session.body }
  const url = `${METADATA}/meta-data/iam/security-credentials/`
  const roles = await ask(surroundings, { method: 'GET', url, headers, timeoutMs: NEARBY_MS })
  const role = roles.body.trim().split('\n')[0]
  if (roles.status !== 200 || !role) throw new NoKeys('the machine has no role')
  const { body } = await ask(surroundings, { method: 'GET', url: url + role, headers, timeoutMs: NEARBY_MS })
  return keysOfAnswer(body, url + role)
}

function keysOfAnswer(body: string, url: string): FoundKeys {
  try {
    const {
      AccessKeyId: id,
      SecretAccessKey: secret,
      Token: token,
      Expiration,
    } = JSON.parse(body) as Record<string, string>
    if (id && secret) return { keys: { id, secret, token }, usableUntil: timeOf(Expiration) }
  } catch {
    // What it says may be secret.
  }
  throw new NoKeys(`${url} gave no keys`)
}

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : fromUtc(text))

const ask = ({ http }: Surroundings, request: Parameters<Runtime['http']>[0]) =>
  http(request).catch((error: Error) => {
    throw new NoKeys(`${request.url} does not answer: ${error.message}`)
  })

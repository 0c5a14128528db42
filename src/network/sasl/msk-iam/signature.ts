import { compactUtc } from '../../../std/calendar.ts'

/** Loaded at its first use. */
const crypto = () => process.getBuiltinModule('node:crypto')

/** Keys of Amazon Web Services; those of a role have a token, too. */
export interface AwsKeys {
  readonly id: string
  readonly secret: string
  readonly token?: string | undefined
}

export interface SignedLogin {
  /** The broker's name, as it was asked for. */
  readonly host: string
  readonly region: string
  readonly keys: AwsKeys
  readonly userAgent: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const ACTION = 'kafka-cluster:Connect'
const SERVICE = 'kafka-cluster'
const LIFETIME_SECONDS = 900
/** Of this form of the message. */
const VERSION = '2020_10_22'

/** What a client of Amazon's clusters says first: a request that is signed and never sent (Signature Version 4), as JSON. */
export function signedLogin({ host, region, keys, userAgent, now }: SignedLogin): Buffer {
  const date = compactUtc(now)
  const scope = `${date.slice(0, 8)}/${region}/${SERVICE}/aws4_request`
  const query = {
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${keys.id}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(LIFETIME_SECONDS),
    ...(keys.token !== undefined && { 'X-Amz-Security-Token': keys.token }),
    'X-Amz-SignedHeaders': 'host',
  }
  const canonicalQuery = Object.entries({ Action: ACTION, ...query })
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join('&')
  const request = ['GET', '/', canonicalQuery, `host:${host}`, '', 'host', sha256('')].join('\n')
  const signature = hmac(signingKey(keys, scope), [ALGORITHM, date, scope, sha256(request)].join('\n')).toString('hex')
  const message = {
    version: VERSION,
    host,
    'user-agent': userAgent,
    action: ACTION,
    ...Object.fromEntries(Object.entries(query).map(([name, value]) => [name.toLowerCase(), value])),
    'x-amz-signature': signature,
  }
  return Buffer.from(JSON.stringify(message))
}

/** A key for one day, region and service. */
const signingKey = ({ secret }: AwsKeys, scope: string): Buffer =>
  scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))

const hmac = (key: Uint8Array, text: string): Buffer => crypto().createHmac('sha256', key).update(text).digest()
const sha256 = (text: string): string => crypto().createHash('sha256').update(text).digest('hex')

/** RFC 3986: also what JavaScript leaves as it is. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** The region in the name of a broker of Amazon's; undefined for other names. */
export const regionOf = (host: string): string | undefined =>
  /\.kafka(?:-serverless)?\.([a-z]+(?:-[a-z]+)+-\d+)\./.exec(host)?.[1]

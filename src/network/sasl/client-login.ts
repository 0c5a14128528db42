import type { Credentials, PasswordCredentials } from '../../config/client-security.ts'
import { MSK_IAM } from '../../config/msk-iam.ts'
import type { Runtime } from '../../runtime/index.ts'
import { bearerExchange } from './bearer-client.ts'
import { BearerTokens } from './bearer-tokens.ts'
import type { Exchange } from './exchange.ts'
import type { AwsKeySource } from './msk-iam/aws-keys.ts'
import { ScramExchange } from './scram-client.ts'

const USER_AGENT = 'kafka-toolset'

/** How a client logs in on each of its connections. */
export class ClientLogin {
  private readonly newExchange: (host: string) => Exchange | Promise<Exchange>

  constructor(
    private readonly credentials: Credentials,
    runtime: Runtime,
  ) {
    this.newExchange = exchangesOf(credentials, runtime)
  }

  get mechanism(): string {
    return this.credentials.mechanism
  }

  /** The client's half of a login at a host. Rejects with an `AuthenticationError`, or a `ConnectionError`, when there is nothing to log in with. */
  async exchangeAt(host: string): Promise<Exchange> {
    return this.newExchange(host)
  }
}

function exchangesOf(credentials: Credentials, runtime: Runtime): (host: string) => Exchange | Promise<Exchange> {
  switch (credentials.mechanism) {
    case 'OAUTHBEARER': {
      const tokens = new BearerTokens(credentials.source, runtime)
      return async () => bearerExchange(await tokens.get(), credentials.extensions)
    }
    case MSK_IAM: {
      let source: AwsKeySource | undefined
      return async (host) => {
        const { AwsKeySource, signedLogin } = await import('./msk-iam/index.ts')
        source ??= new AwsKeySource(credentials.profile, runtime)
        const region = source.regionFor(host)
        const keys = await source.keys(region)
        return inOne(signedLogin({ host, region, keys, userAgent: USER_AGENT, now: runtime.clock.now() }))
      }
    }
    case 'PLAIN':
      return () => inOne(plainMessage(credentials))
    default: {
      const { mechanism } = credentials
      return () => new ScramExchange(mechanism, credentials, runtime.random)
    }
  }
}

/** One message, whose answer has nothing to be answered in it. */
const inOne = (message: Buffer): Exchange => ({ first: () => message, next: async () => undefined })

/** RFC 4616: name and password as they are. */
const plainMessage = ({ username, password }: PasswordCredentials): Buffer => Buffer.from(`\0${username}\0${password}`)

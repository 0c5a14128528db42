import { AuthenticationError } from '../../authentication-error.ts'
import {
  type FoundKeys,
  keysOfContainer,
  keysOfEnvironment,
  keysOfMachine,
  keysOfProfile,
  keysOfWebIdentity,
  NoKeys,
  profileOf,
  type Surroundings,
} from './key-sources.ts'
import { type AwsKeys, regionOf } from './signature.ts'

/** New keys are asked for when those at hand are of use for less than this; milliseconds. */
const SPARE_MS = 300_000

/**
 * The keys with which a client logs in at Amazon's clusters: those of a profile that is named, or else the first that there are in the environment, by a service
 * account's token, in the profile in use, in the container and in the machine.
 */
export class AwsKeySource {
  private kept: FoundKeys | undefined

  constructor(
    private readonly profile: string | undefined,
    private readonly surroundings: Surroundings,
  ) {}

  /** Rejects with an `AuthenticationError` when there are none. */
  async keys(region: string): Promise<AwsKeys> {
    const { usableUntil = Number.POSITIVE_INFINITY } = this.kept ?? { usableUntil: 0 }
    if (!this.kept || usableUntil - this.surroundings.clock.now() < SPARE_MS)
      this.kept = await this.find(region).catch((error: Error) => {
        throw error instanceof NoKeys ? denied(`No keys for AWS_MSK_IAM: ${error.message}.`) : error
      })
    return this.kept.keys
  }

  /** Of a broker by its name, else of the environment or the profile. Throws an `AuthenticationError` when nothing says it. */
  regionFor(host: string): string {
    const { environment } = this.surroundings
    const region =
      regionOf(host) ??
      (environment?.['AWS_REGION'] || environment?.['AWS_DEFAULT_REGION'] || undefined) ??
      profileOf(this.surroundings, this.profileName)?.get('region')
    if (region === undefined)
      throw denied(`The name ${host} tells no region of Amazon's: set AWS_REGION to the one of the cluster.`)
    return region
  }

  private get profileName(): string {
    return this.profile ?? (this.surroundings.environment?.['AWS_PROFILE'] || 'default')
  }

  private async find(region: string): Promise<FoundKeys> {
    const { surroundings, profileName } = this
    if (this.profile !== undefined) {
      const found = keysOfProfile(surroundings, this.profile)
      if (found) return found
      throw new NoKeys(`the profile ${this.profile} has none`)
    }
    const found =
      keysOfEnvironment(surroundings) ??
      (await keysOfWebIdentity(surroundings, region)) ??
      keysOfProfile(surroundings, profileName) ??
      (await keysOfContainer(surroundings)) ??
      (await keysOfMachine(surroundings))
    if (found) return found
    throw new NoKeys('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with awsProfileName')
  }
}

const denied = (sentence: string): AuthenticationError => new AuthenticationError('denied', sentence)

/** `sasl.mechanism=AWS_MSK_IAM`, with the names of Amazon's library for Java. */
import { ConfigError } from './define.ts'

export const MSK_IAM = 'AWS_MSK_IAM'
/** Its callback handler, which properties for Java have to name. */
export const mskIamHandler = 'IAMClientCallbackHandler'

export interface IamCredentials {
  readonly mechanism: typeof MSK_IAM
  /** In the files of Amazon's tools; the usual order of places where keys are when it is not given. */
  readonly profile: string | undefined
}

/** Reads the options of the login module. Throws `ConfigError`. */
export function iamCredentials(options: ReadonlyMap<string, string>): IamCredentials {
  const role = ['awsRoleArn', 'awsRoleAccessKeyId', 'awsRoleExternalId'].find((name) => options.has(name))
  if (role !== undefined)
    throw new ConfigError(
      `${role} of IAMLoginModule is not there: take on the role first, with aws sts assume-role, and give its keys by the environment or a profile.`,
    )
  return { mechanism: MSK_IAM, profile: options.get('awsProfileName') }
}

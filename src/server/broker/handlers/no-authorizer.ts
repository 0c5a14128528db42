import { Errors } from '../../../protocol/errors.ts'

/** The answer to every question about ACLs: nobody here would look at them. */
export const noAuthorizer = {
  errorCode: Errors.SECURITY_DISABLED as number,
  errorMessage: 'No Authorizer is configured.',
}

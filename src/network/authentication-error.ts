import { type ErrorName, KafkaError } from '../protocol/errors.ts'

/** Why one side would not have the other: a login that was refused, or a certificate. */
export type AuthenticationFailure =
  | 'denied'
  | 'mechanism'
  | 'certificate'
  /** The other side knows no logins. */
  | 'no-login'
  /** There is no token to log in with. */
  | 'no-token'

const classes: Readonly<Record<AuthenticationFailure, { readonly error: ErrorName; readonly exception: string }>> = {
  denied: { error: 'SASL_AUTHENTICATION_FAILED', exception: 'SaslAuthenticationException' },
  mechanism: { error: 'UNSUPPORTED_SASL_MECHANISM', exception: 'UnsupportedSaslMechanismException' },
  'no-login': { error: 'ILLEGAL_SASL_STATE', exception: 'IllegalSaslStateException' },
  'no-token': { error: 'SASL_AUTHENTICATION_FAILED', exception: 'SaslAuthenticationException' },
  // No code of the protocol stands for it: it fails before the protocol begins.
  certificate: { error: 'SASL_AUTHENTICATION_FAILED', exception: 'SslAuthenticationException' },
}

/**
 * A connection that was made and then refused by one of its ends, as the next one would be: it is not tried again. The message is worded as in Apache's
 * clients where they have words for it.
 */
export class AuthenticationError extends KafkaError {
  override name = 'AuthenticationError'

  constructor(
    readonly failure: AuthenticationFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(classes[failure].error, message, options)
  }

  override get exception(): string {
    return classes[this.failure].exception
  }
}

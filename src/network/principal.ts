/** Who speaks on a connection, as Kafka names users: `User:alice`. */
export interface Principal {
  readonly type: string
  readonly name: string
  /** Whether a delegation token stood for the user (KIP-48). */
  readonly byToken: boolean
}

export const userPrincipal = (name: string, byToken = false): Principal => ({ type: 'User', name, byToken })

/** Where nobody has said who they are. */
export const ANONYMOUS: Principal = userPrincipal('ANONYMOUS')

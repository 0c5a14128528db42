import { Admin } from '../../client/index.ts'
import { adminProperties, loadOptionalProperties } from '../client-config.ts'
import type { Context } from '../context.ts'
import { warnings } from '../warnings.ts'

/** Controllers to talk to instead of brokers (`--bootstrap-controller`, KIP-919). */
export interface Controllers {
  readonly controllers: string
}

/** Runs an action with an admin client, which has the settings of a properties file where there is one; closes the client in any case. */
export async function withAdmin<R>(
  context: Context,
  servers: string | Controllers | undefined,
  file: string | undefined,
  action: (admin: Admin) => Promise<R>,
): Promise<R> {
  const settings = loadOptionalProperties(context.runtime, file)
  const properties =
    typeof servers === 'object'
      ? { ...settings, 'bootstrap.controllers': servers.controllers }
      : adminProperties(settings, servers as string)
  const admin = new Admin(properties, context.runtime, warnings(context))
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

import { Admin } from '../../client/index.ts'
import { adminProperties, loadOptionalProperties } from '../client-config.ts'
import type { Context } from '../context.ts'
import { warnings } from '../warnings.ts'

/** Runs an action with an admin client, which has the settings of a properties file where there is one; closes the client in any case. */
export async function withAdmin<R>(
  context: Context,
  servers: string | undefined,
  file: string | undefined,
  action: (admin: Admin) => Promise<R>,
): Promise<R> {
  const settings = loadOptionalProperties(context.runtime, file)
  const admin = new Admin(adminProperties(settings, servers as string), context.runtime, warnings(context))
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}
